"""The kinds of devices, by family and release: what differs between them."""

from dataclasses import dataclass

_TRAINS = {"16.6": "Everest", "16.9": "Fuji", "16.12": "Gibraltar", "17.3": "Amsterdam", "17.6": "Bengaluru",
           "17.9": "Cupertino", "17.12": "Dublin", "17.15": "IOSXE"}


@dataclass(frozen=True)
class Family:
    name: str
    release: str  # "17.12.3"
    model: str
    image: str
    prefix: str  # of the file system
    default_pps: int

    @property
    def is_switch(self) -> bool:
        return self.name == "switch"

    @property
    def major(self) -> int:
        return int(self.release.split(".")[0])

    @property
    def capitals(self) -> bool:
        """"Direction: IN", as the first releases print it."""
        return not self.is_switch and self.major < 17

    @property
    def mount(self) -> str:
        """What the guestshell sees of the flash: this folder of it."""
        return "" if self.major < 17 else "guest-share"

    def version(self, hostname: str, uptime: str) -> str:
        """`show version`."""
        padded = ".".join(f"{int(part):02}" for part in self.release.split("."))
        train = _TRAINS.get(".".join(self.release.split(".")[:2]), "IOSXE")
        software = "Catalyst L3 Switch Software" if self.is_switch else "Virtual XE Software"
        memory = "1343489K/6147K" if self.is_switch else "2077860K/3075K"
        processor = "X86" if self.is_switch else "VXE"
        board = "FOC2233U0PK" if self.is_switch else "9O2HMHXHWG8"
        text = f"""Cisco IOS XE Software, Version {padded}
Cisco IOS Software [{train}], {software} ({self.image}), Version {self.release}, RELEASE SOFTWARE (fc1)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986 by Cisco Systems, Inc.
Compiled Tue 14-Mar-23 12:00 by mcpre

ROM: IOS-XE ROMMON

{hostname} uptime is {uptime}
Uptime for this control processor is {uptime}
System returned to ROM by reload
System image file is "{self.prefix}packages.conf"
Last reload reason: Reload Command

cisco {self.model} ({processor}) processor (revision V01) with {memory} bytes of memory.
Processor board ID {board}
32768K bytes of non-volatile configuration memory.
"""
        if self.is_switch:
            text += f"""
Model Number                       : {self.model}
System Serial Number               : {board}

Switch Ports Model              SW Version        SW Image              Mode
------ ----- -----              ----------        ----------            ----
*    1 41    {self.model:<18} {padded:<17} {"CAT9K_IOSXE":<21} INSTALL

"""
        return text + "Configuration register is 0x2102\n\n"


def family(name: str, release: str = "") -> Family:
    if name == "switch":
        return Family(name, release or "17.12.3", "C9300-24T", "CAT9K_IOSXE", "flash:", 0)
    release = release or "17.9.4"
    model = "C8000V" if int(release.split(".")[0]) >= 17 else "CSR1000V"
    return Family(name, release, model, "X86_64_LINUX_IOSD-UNIVERSALK9-M", "bootflash:", 1000)
