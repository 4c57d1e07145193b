"""Something to capture, for as long as it takes."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support import frames
from support.net import Cable


@contextmanager
def traffic(cable: Cable, **more: Any) -> Iterator[None]:
    """A frame of UDP to 10.0.0.2 each 20 ms. `more`: of each, as frames.udp has it."""
    done = threading.Event()

    def send() -> None:
        for number in itertools.count():
            cable.send([frames.udp(number, source="10.0.0.1", destination="10.0.0.2", **more)])
            if done.wait(0.02):
                return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
