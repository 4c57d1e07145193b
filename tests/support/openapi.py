"""Every reply that a test gets is judged by what the server says of itself at /openapi.json."""

import http.client
import json
import re
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

HTTP_METHODS = ("get", "put", "post", "patch", "delete")


def closed(schema: Any) -> Any:
    """The schema with every object closed: what a reply has, the document has to tell. (It leaves them open,
    so that programs made from it do not mind what a later release adds.)"""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and "additionalProperties" not in schema:
        inner["additionalProperties"] = False
    return inner


@dataclass
class Operation:
    path: re.Pattern[str]
    method: str
    responses: dict[str, Any]


class Judge:
    """What one document says of replies."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = closed(document["components"])
        self._validators: dict[int, Draft202012Validator] = {}
        self._operations = [
            Operation(self._pattern(path), method, {status: self._resolved(reply) for status, reply in item[method]["responses"].items()})
            for path, item in document["paths"].items() for method in HTTP_METHODS if method in item]

    @staticmethod
    def _pattern(path: str) -> re.Pattern[str]:
        # a key of an object has several segments; what has an operation of its own comes first
        pieces = re.split(r"(\{\w+\})", path)
        return re.compile("".join((".+" if piece == "{key}" else "[^/]+") if piece.startswith("{") else re.escape(piece)
                                  for piece in pieces))

    def _resolved(self, reply: dict[str, Any]) -> dict[str, Any]:
        reference = reply.get("$ref", "")
        return self._components["responses"][reference.rpartition("/")[2]] if reference else reply

    def judge(self, method: str, target: str, status: int, content_type: str, body: bytes | None) -> None:
        """Fails where the reply is not one that the document tells of. What has no path there is not judged.
        `body`: None where it has not been read."""
        path = target.partition("?")[0]
        found = [o for o in self._operations if o.path.fullmatch(path)]
        known = method.lower() if method == method.upper() else ""  # methods have a case (RFC 9110, 9.1)
        mine = [o for o in found if o.method == ("get" if method == "HEAD" else known)]
        if not mine:
            assert not found or status in (400, 403, 405, 421), f"{method} {target}: {status}, and is not in the document"
            return
        responses = {status: reply for operation in mine for status, reply in operation.responses.items()}
        reply = responses.get(str(status), responses.get("default"))
        assert reply, f"{method} {target}: a reply with {status}, which the document does not tell of"
        content = reply.get("content")
        if body == b"":
            return
        assert content, f"{method} {target}: {status} has a body, and the document tells of none"
        media_type = content_type.partition(";")[0]
        assert media_type in content, f"{method} {target}: {status} is {media_type}, which the document does not tell of"
        if body and media_type.endswith("json"):
            self._judge_json(f"{method} {target}: {status}", content[media_type]["schema"], body)

    def _judge_json(self, what: str, schema: dict[str, Any], body: bytes) -> None:
        key = id(schema)  # of this judge's document, which lives as long
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(closed(schema) | {"components": self._components})
        faults = [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in self._validators[key].iter_errors(json.loads(body))]
        assert not faults, f"{what}, and the document says otherwise:\n" + "\n".join(faults)


_judge: Judge | None = None


def judge(connection: http.client.HTTPConnection, method: str, target: str, reply: http.client.HTTPResponse,
          body: bytes | None) -> None:
    """By the document of the server that the connection, which is free, leads to. All servers of a test are of one build:
    one is asked, once."""
    global _judge
    if _judge is None:
        connection.request("GET", "/openapi.json")
        _judge = Judge(json.loads(connection.getresponse().read()))
    _judge.judge(method, target, reply.status, reply.getheader("Content-Type", ""), body)
