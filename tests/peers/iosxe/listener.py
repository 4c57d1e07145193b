"""The unix socket of a device. A client says in one line of JSON what it is ("as")

  shell     a terminal, `command` "" or what to do without one; the answer is one line of JSON
            ({"text": …} for good-bye, {"run": [ARGUMENTS]} a program in its place, {} go on), then a stream
  dohost    commands in `arguments`, `session` from its environment; the answer is text
  control   a question of a test, answered by a line of JSON"""

import json
import re
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .batch import Batch
from .flash import NoSuchFile
from .shell import Closed, Gone, Shell, batches
from .terminal import Terminal

if TYPE_CHECKING:
    from .device import Device

NO_SESSION = "Unexpected Error\n"


def start(device: "Device") -> Path:
    path = device.folder / "socket"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    path.chmod(0o666)  # for the user of the guestshell
    server.listen(64)

    def accept() -> None:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_serve, args=[device, connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return path


def _serve(device: "Device", connection: socket.socket) -> None:
    device.sessions.add(connection)
    try:
        first = b""
        while not first.endswith(b"\n"):
            piece = connection.recv(1)
            if not piece:
                return
            first += piece
        asked = json.loads(first)
        kind = asked.pop("as")
        if kind == "control":
            # A reload closes all connections but those of tests.
            device.sessions.forget(connection)
            _control(device, connection, asked)
        elif kind == "dohost":
            _dohost(device, connection, asked)
        else:
            _shell(device, connection, asked)
    except (Gone, Closed, OSError):
        pass
    finally:
        device.sessions.remove(connection)


def _control(device: "Device", connection: socket.socket, asked: dict) -> None:
    try:
        answer = {"answer": device.control(asked)}
    except (KeyError, TypeError, ValueError) as problem:
        answer = {"problem": repr(problem)}
    connection.sendall(json.dumps(answer).encode() + b"\n")


def _dohost(device: "Device", connection: socket.socket, asked: dict) -> None:
    if device.is_down or not device.has_iosp_session(asked["session"]):
        connection.sendall(NO_SESSION.encode())
        return
    io = Batch(device, connection)
    for argument in asked["arguments"]:
        # Config mode ends with the call.
        shell = Shell(device, io, "guestshell", 15)
        io.write("\n")
        for line in batches(argument):
            shell.execute(line)


def _answer(connection: socket.socket, **said) -> None:
    connection.sendall(json.dumps(said).encode() + b"\n")


def _shell(device: "Device", connection: socket.socket, asked: dict) -> None:
    user, command = asked["user"], asked["command"]
    privilege = device.users[user]["privilege"]
    if re.match(r"scp\s", command):
        device.faults.hold(command, "before", time.sleep)
        return _answer(connection, **_scp(device, command, privilege))
    if command:
        _answer(connection)
        Shell(device, Batch(device, connection), user, privilege).execute(command)
        return
    terminal = Terminal(device, connection, asked["rows"] or 24, asked["columns"] or 80)
    full = device.faults.of_device("lines_full")
    if full or not device.sessions.take_line(terminal, asked["client"]):
        return _answer(connection, text="% Connection refused by remote host\r\n")
    try:
        _answer(connection)
        terminal.run(Shell(device, terminal, user, privilege))
    except Gone:
        pass
    except Closed:
        _goodbye(device, connection, asked["client"])
    finally:
        device.sessions.give_back(terminal)


def _goodbye(device: "Device", connection: socket.socket, client: str) -> None:
    """What was written is on its way before the connection ends: for that the server gets a moment."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(2)
    try:
        while connection.recv(4096):
            pass
    except OSError:
        pass
    time.sleep(0.1)
    device.sessions.hang_up(client)


def _scp(device: "Device", command: str, privilege: int) -> dict:
    """The device's server takes only what it must: no quotes around a name, no -p, -r or -d."""
    if not device.config.scp_server:
        return {"text": "Administratively disabled.\n"}
    unauthorized = device.quirk("scp_needs_aaa") and not any(one.startswith("aaa authorization exec") for one in device.config.others)
    if privilege < 15 or unauthorized:
        return {"text": "Privilege denied.\n"}
    lenient = device.quirk("lenient_scp")
    options = r"(?:-[vpq]+ )*-p?[ft]p?" if lenient else r"(?:-v )?-[ft]"
    found = re.fullmatch(rf"scp ({options}) (?:-- )?(\S+)", command)
    if not found:
        return {"text": "\x01scp: bad arguments\n"}
    url = found[2].strip("'\"") if lenient else found[2]
    try:
        path = device.flash.path(url)
        if "f" in found[1] and not path.is_file():
            raise NoSuchFile(url)
    except NoSuchFile:
        return {"text": f"\x01scp: {url}: No such file or directory\n"}
    return {"run": ["/usr/bin/scp", *found[1].split(), str(path)]}
