"""The forced command of the SSH server: joins what the client has, a terminal or not, and the device.

join.py SOCKET"""

import fcntl
import json
import os
import select
import socket
import struct
import sys
import termios


def main() -> None:
    device = socket.socket(socket.AF_UNIX)
    device.connect(sys.argv[1])
    rows, columns = 24, 80
    if os.isatty(0):
        rows, columns = struct.unpack("4H", fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))[:2]
    asked = {"as": "shell", "user": os.environ["USER"], "rows": rows, "columns": columns,
             "command": os.environ.get("SSH_ORIGINAL_COMMAND", ""),
             "client": os.environ["SSH_CONNECTION"].split()[1]}
    device.sendall(json.dumps(asked).encode() + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        piece = device.recv(1)
        if not piece:
            return
        answer += piece
    told = json.loads(answer)
    if "text" in told:
        os.write(1, told["text"].encode())
        # A copying client answers an error before it shows it, and is lost if nobody is there.
        while not os.isatty(0) and select.select([0], [], [], 1)[0] and os.read(0, 65536):
            pass
        sys.exit(1)
    if "run" in told:
        device.close()
        os.execv(told["run"][0], told["run"])
    inputs: list = [0, device]
    while True:
        ready, _, _ = select.select(inputs, [], [])
        if 0 in ready:
            typed = os.read(0, 65536)
            if typed:
                device.sendall(typed)
            else:
                inputs.remove(0)
                if os.isatty(1):
                    return
                device.shutdown(socket.SHUT_WR)
        if device in ready:
            said = device.recv(65536)
            if not said:
                return
            while said:
                said = said[os.write(1, said):]


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionError, KeyboardInterrupt):
        pass
