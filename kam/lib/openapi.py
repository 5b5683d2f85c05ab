"""The OpenAPI description of the door for other systems: each app describes its own addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
MAYBE_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}


@dataclass(frozen=True)
class Part:
    """What one app answers to: paths, and the schemas that they name."""

    paths: dict[str, Any]
    schemas: dict[str, Any]


_parts: list[Callable[[], Part]] = []


def register(part: Callable[[], Part]) -> None:
    """Have `part` in the description; called in AppConfig.ready."""
    if part not in _parts:
        _parts.append(part)


def document(server: str) -> Schema:
    """Return the OpenAPI 3.1 document for an installation at `server`; it names no customer."""
    parts = [part() for part in _parts]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Key accounts: requests, bills, payments", "version": "2"},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {path: what for part in parts for path, what in part.paths.items()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {name: what for part in parts for name, what in part.schemas.items()} | {"Error": _error()},
        },
    }


def json_of(name: str) -> Schema:
    """Return the content of a body that follows the schema of this name."""
    return {"application/json": {"schema": named(name)}}


def named(name: str) -> Schema:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def refusals(*statuses: int) -> Schema:
    """Return the answers that say what is wrong."""
    error = {"description": "What is wrong", "content": json_of("Error")}
    return dict.fromkeys((str(status) for status in statuses), error)


def _error() -> Schema:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "object", "required": ["code"], "properties": {"code": TEXT}}},
    }
