"""Replies that come bit by bit: server-sent events, and captures while they are made."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support import openapi
from support.server import PATIENCE, Server


class Stream:
    """A GET whose body is read as it comes. Use as a context manager."""

    def __init__(self, server: Server, path: str, headers: dict[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection(*server.address, timeout=PATIENCE)
        self._connection.request("GET", path, headers=headers or {})
        self.reply = self._connection.getresponse()
        self.status = self.reply.status
        if server.judges_replies:
            openapi.judge(http.client.HTTPConnection(*server.address, timeout=PATIENCE), "GET", path, self.reply, None)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.reply.close()
        self._connection.close()

    def read_some(self) -> bytes:
        """What there is; nothing at the end. A stream that breaks is an error."""
        return self.reply.read1(1 << 16)

    def read_all(self) -> bytes:
        return self.reply.read()


@dataclass
class Event:
    id: int
    kind: str
    data: Any


class EventStream(Stream):
    """As an EventSource reads it (HTML, 9.2.6)."""

    def __init__(self, server: Server, path: str, last_id: int | None = None) -> None:
        super().__init__(server, path, {} if last_id is None else {"Last-Event-ID": str(last_id)})
        self.retry = 0
        self.comments = 0
        self._last_id = last_id or 0

    def __iter__(self) -> Iterator[Event]:
        """Until the server ends the stream."""
        kind, data = "message", []
        while line := self.reply.readline():
            line = line.decode().rstrip("\n")
            if not line:
                if data:
                    yield Event(self._last_id, kind, json.loads("\n".join(data)))
                kind, data = "message", []
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "":
                self.comments += 1
            elif field == "id":
                self._last_id = int(value)
            elif field == "event":
                kind = value
            elif field == "data":
                data.append(value)
            elif field == "retry":
                self.retry = int(value)
            else:
                raise AssertionError(line)

    def until(self, condition: Any) -> Event:
        """The first event that it is true for."""
        for event in self:
            if condition(event):
                return event
        raise AssertionError("the stream ended before")


def events_of(server: Server, job: dict[str, Any], last_id: int | None = None) -> EventStream:
    stream = EventStream(server, f"/api/v1/jobs/{job['id']}/events", last_id)
    assert stream.status == 200, stream.status
    assert stream.reply.getheader("Content-Type") == "text/event-stream", stream.reply.headers
    return stream
