"""Tests that wait most of their time, several at a time."""

import threading
import traceback
from collections.abc import Callable, Iterable

Case = tuple[str, Callable[[], None]]


def together(cases: Iterable[Case]) -> None:
    """Runs each of them on a thread of its own. Fails with all that failed, each with its name."""
    failures: list[str] = []
    threads = [threading.Thread(target=_run, args=(*case, failures)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _fail(failures)


def in_turn(cases: Iterable[Case]) -> None:
    """Likewise, one after the other; also those behind one that failed."""
    failures: list[str] = []
    for case in cases:
        _run(*case, failures)
    _fail(failures)


def _run(name: str, case: Callable[[], None], failures: list[str]) -> None:
    try:
        case()
    except BaseException:  # nothing is lost on a thread
        failures.append(f"{name}:\n{traceback.format_exc()}")


def _fail(failures: list[str]) -> None:
    if failures:
        raise AssertionError("\n".join(failures))
