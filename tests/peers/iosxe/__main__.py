"""A device to try things on, until Ctrl-C: python3 -m peers.iosxe router|switch [RELEASE] NAME=INTERFACE..."""

import re
import signal
import sys

from support.iosxe import Device


def main(family: str, *others: str) -> None:
    release = others[0] if others and re.match(r"\d", others[0]) else ""
    interfaces = dict(one.split("=", 1) for one in others if "=" in one)
    with Device(family, interfaces, release=release, config=["ip scp server enable"]) as device:
        session = device.environment(365 * 86400)["IOSP_SESSION"]
        print(f"ssh -p {device.port} {device.user}@{device.host}    password {device.password}, key {device.fingerprint}\n"
              f'IOSP_SESSION={session} {device.dohost} "show version"\n{device.mount} is its guestshell\'s /bootflash', flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
