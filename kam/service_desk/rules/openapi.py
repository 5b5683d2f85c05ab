"""The OpenAPI description of the door for other systems."""

from __future__ import annotations

from typing import Any

from kam.service_desk.rules.lifecycle import Kind, Status
from kam.service_desk.rules.promises import Place

_TEXT = {"type": "string"}
_INSTANT = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}


def description(server: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document for an installation at `server`."""
    error = {"description": "What is wrong", "content": _json({"$ref": "#/components/schemas/Error"})}
    shown = _json({"$ref": "#/components/schemas/Request"})
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "maxLength": 80},
        "description": "The same key with the same body gives the same request; send it with every retry.",
    }
    number = {"name": "number", "in": "path", "required": True, "schema": _TEXT}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Requests of key accounts", "version": "1"},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {
            "/api/requests": {
                "post": {
                    "operationId": "handInRequest",
                    "summary": "Hand in a request of a key account",
                    "parameters": [key],
                    "requestBody": {
                        "required": True,
                        "content": _json({"$ref": "#/components/schemas/RequestIn"}),
                    },
                    "responses": {
                        "201": {"description": "Taken", "content": shown},
                        "200": {"description": "Taken before under this key", "content": shown},
                        **dict.fromkeys(("400", "401", "409", "413", "422", "429"), error),
                    },
                }
            },
            "/api/requests/{number}": {
                "get": {
                    "operationId": "getRequest",
                    "summary": "How a request stands that this system handed in",
                    "parameters": [number],
                    "responses": {
                        "200": {"description": "The request", "content": shown},
                        **dict.fromkeys(("401", "404", "429"), error),
                    },
                }
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"RequestIn": _request_in(), "Request": _request(), "Error": _error()},
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _request_in() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["account_no", "kind", "text"],
        "additionalProperties": False,
        "properties": {
            "account_no": {"type": "string", "maxLength": 32},
            "kind": {"type": "string", "enum": [kind.value for kind in Kind if kind != Kind.APPLICATION]},
            "text": {"type": "string", "maxLength": 5000},
            "title": {"type": "string", "maxLength": 120},
            "place": {"type": "string", "enum": ["", *(place.value for place in Place)]},
            "site": {"type": "string", "maxLength": 200},
            "latitude": {"type": "number", "minimum": -90, "maximum": 90},
            "longitude": {"type": "number", "minimum": -180, "maximum": 180},
            "caller_name": {"type": "string", "maxLength": 60},
            "phone": {"type": "string", "maxLength": 30},
            "received_at": _INSTANT,
        },
    }


def _request() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["number", "account_no", "kind", "status", "title", "received_at"],
        "properties": {
            "number": _TEXT,
            "account_no": _TEXT,
            "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
            "status": {"type": "string", "enum": [status.value for status in Status]},
            "title": _TEXT,
            "received_at": _INSTANT,
            "due_at": _MAYBE_INSTANT,
            "answer": _TEXT,
            "answered_at": _MAYBE_INSTANT,
            "closed_at": _MAYBE_INSTANT,
        },
    }


def _error() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "object", "required": ["code"], "properties": {"code": _TEXT}}},
    }
