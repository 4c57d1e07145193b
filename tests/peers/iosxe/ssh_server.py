"""A real OpenSSH server in front of the device, one process for each connection, as inetd would start it.

Its users are in no file of this machine: the device's process has mounts of its own, in which /etc/passwd,
/etc/shadow and PAM's rules are others. They end with the process."""

import base64
import ctypes
import hashlib
import os
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .device import Device

HERE = Path(__file__).parent
_SSHD = "/usr/sbin/sshd"
_CLONE_NEWNS = 0x20000  # linux/sched.h
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18  # linux/mount.h

# What devices of some years ago offer, as far as this server still has it.
_OLD = """KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1
HostKeyAlgorithms ssh-rsa
Ciphers aes128-cbc,3des-cbc
MACs hmac-sha1
"""


def start(device: "Device") -> dict:
    """Returns where it listens, and its key's fingerprint."""
    if not os.path.exists(_SSHD):
        raise FileNotFoundError(f"{_SSHD}: apt-get install -y --no-install-recommends openssh-server")
    folder = device.folder / "ssh"
    folder.mkdir()
    key = _host_key(folder, device.ssh["host_key_type"])
    _own_files(device, folder)
    (folder / "config").write_text(_configuration(device, folder, key))
    server = socket.create_server((device.ssh["address"], device.ssh["port"]))

    def accept() -> None:
        while True:
            connection, (_, client) = server.accept()
            threading.Thread(target=_serve, args=[device, folder, connection, str(client)], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    blob = base64.b64decode((folder / "host_key.pub").read_text().split()[1])
    print_of = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return {"port": server.getsockname()[1], "fingerprint": f"SHA256:{print_of}",
            "host_key": " ".join((folder / "host_key.pub").read_text().split()[:2])}


def _serve(device: "Device", folder: Path, connection: socket.socket, client: str) -> None:
    full = device.faults.of_device("lines_full")
    if device.is_down or (full and full.get("how", "refuse") == "refuse") or (not full and device.sessions.full()):
        return connection.close()
    if delay := device.ssh["banner_seconds"]:
        time.sleep(delay)
    server = subprocess.Popen([_SSHD, "-i", "-f", folder / "config", "-E", folder / "log"],
                              stdin=connection, stdout=connection, stderr=subprocess.DEVNULL)
    device.sessions.serve(client, connection, server)


def _host_key(folder: Path, kind: str) -> Path:
    key = folder / "host_key"
    size = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", "", "-f", key], check=True)
    return key


def _configuration(device: "Device", folder: Path, key: Path) -> str:
    methods = device.ssh["methods"]
    (folder / "authorized_keys").write_text("\n".join(device.ssh["authorized_keys"]) + "\n")
    lines = [f"HostKey {key}", "UsePAM yes", "PermitRootLogin yes", "StrictModes no", "PrintLastLog no", "PrintMotd no",
             f"PasswordAuthentication {_yes('password' in methods)}",
             f"KbdInteractiveAuthentication {_yes('keyboard-interactive' in methods)}",
             f"PubkeyAuthentication {_yes('publickey' in methods)}",
             f"AuthorizedKeysFile {folder}/authorized_keys", "AllowTcpForwarding no", "X11Forwarding no",
             "AllowAgentForwarding no", "PermitUserRC no", "UseDNS no", "LogLevel VERBOSE",
             # Raw at once, so that the device's echo is the only one.
             f"ForceCommand stty raw -echo 2>/dev/null; exec /usr/bin/python3 -I -S {HERE}/join.py {device.folder}/socket"]
    if device.ssh["banner"]:
        (folder / "banner").write_text(device.ssh["banner"])
        lines.append(f"Banner {folder}/banner")
    if device.quirk("rsa_with_sha1"):
        lines.append("HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256,ssh-rsa")
    return "\n".join(lines) + "\n" + (_OLD if device.ssh["old_algorithms"] else "")


def _yes(so: bool) -> str:
    return "yes" if so else "no"


def _own_files(device: "Device", folder: Path) -> None:
    """Before any thread is started, as mounts belong to the thread that makes them."""
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source: str, target: str, kind: str | None, flags: int) -> None:
        if libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags, None) != 0:
            raise OSError(ctypes.get_errno(), f"mount {target}: {os.strerror(ctypes.get_errno())}")

    if libc.unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare: " + os.strerror(ctypes.get_errno()))
    mount("none", "/", None, _MS_REC | _MS_PRIVATE)

    def replace(path: str, text: str, mode: int = 0o644) -> None:
        own = folder / path.strip("/").replace("/", ".")
        own.touch(mode)
        own.write_text(text)
        mount(str(own), path, None, _MS_BIND)

    for path, mode in (("/etc/passwd", 0o644), ("/etc/shadow", 0o600)):
        device.of_machine[path] = Path(path).read_text()
        replace(path, device.of_machine[path], mode)
    write_users(device)
    replace("/etc/pam.d/sshd", "auth required pam_unix.so nodelay\naccount required pam_permit.so\n"
                               "session required pam_permit.so\n")
    # Who logs in here is nothing that this machine should remember.
    for log in ("/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/run/utmp"):
        if os.path.exists(log):
            replace(log, "")
    if not os.path.isdir("/run/sshd"):
        if device.folder.is_relative_to("/run"):
            os.mkdir("/run/sshd")
        else:
            mount("none", "/run", "tmpfs", 0)
            os.mkdir("/run/sshd", 0o755)


def write_users(device: "Device") -> None:
    """To the files that are mounted there, and in place: only the thread that mounted them, and its own, see them by name."""
    passwd, shadow = device.of_machine["/etc/passwd"], device.of_machine["/etc/shadow"]
    for name, about in device.users.items():
        passwd += f"{name}:x:0:0::{device.folder / 'ssh'}:/bin/sh\n"
        shadow += f"{name}:{_hash(about['password'])}:19000:0:99999:7:::\n"
    (device.folder / "ssh/etc.passwd").write_text(passwd)
    (device.folder / "ssh/etc.shadow").write_text(shadow)


def _hash(password: str) -> str:
    made = subprocess.run(["openssl", "passwd", "-5", "-stdin"], input=password, capture_output=True, text=True, check=True)
    return made.stdout.strip()
