"""dohost, as a program in the guestshell finds it: dohost.py SOCKET COMMAND...

It ends with 0 whatever happens. Without a session of IOS it says only that."""

import json
import os
import socket
import sys

NO_SESSION = "Unexpected Error\n"


def main(path: str, commands: list[str]) -> None:
    session = os.environ.get("IOSP_SESSION", "")
    if not session:
        return _out(NO_SESSION.encode())
    for command in commands:
        try:
            os.fsencode(command).decode("ascii")
        except UnicodeDecodeError as error:
            wrong = os.fsencode(command).decode("utf-8", "replace")[error.start:error.start + 1]
            sys.stderr.write("Traceback (most recent call last):\n"
                             '  File "/usr/bin/dohost", line 14, in <module>\n'
                             f"UnicodeEncodeError: 'ascii' codec can't encode character {ascii(wrong)} in position "
                             f"{error.start}: ordinal not in range(128)\n")
            return
    device = socket.socket(socket.AF_UNIX)
    try:
        device.connect(path)
        asked = {"as": "dohost", "session": session, "arguments": commands}
        device.sendall(json.dumps(asked).encode() + b"\n")
        while piece := device.recv(65536):
            _out(piece)
    except OSError:
        _out(NO_SESSION.encode())


def _out(data: bytes) -> None:
    while data:
        data = data[os.write(1, data):]


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except BrokenPipeError:
        pass
