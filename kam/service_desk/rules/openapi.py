"""What the desk answers to other systems, as OpenAPI tells it."""

from __future__ import annotations

from typing import Any

from kam.lib.openapi import INSTANT, MAYBE_INSTANT, TEXT, Part, json_of, refusals
from kam.service_desk.rules.lifecycle import Kind, Status
from kam.service_desk.rules.promises import Place


def part() -> Part:
    """Return the desk's part of the description."""
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "maxLength": 80},
        "description": "The same key with the same body gives the same request; send it with every retry.",
    }
    number = {"name": "number", "in": "path", "required": True, "schema": TEXT}
    paths = {
        "/api/requests": {
            "post": {
                "operationId": "handInRequest",
                "summary": "Hand in a request of a key account",
                "parameters": [key],
                "requestBody": {"required": True, "content": json_of("RequestIn")},
                "responses": {
                    "201": {"description": "Taken", "content": json_of("Request")},
                    "200": {"description": "Taken before under this key", "content": json_of("Request")},
                    **refusals(400, 401, 403, 409, 413, 422, 429),
                },
            }
        },
        "/api/requests/{number}": {
            "get": {
                "operationId": "getRequest",
                "summary": "How a request stands that this system handed in",
                "parameters": [number],
                "responses": {
                    "200": {"description": "The request", "content": json_of("Request")},
                    **refusals(401, 404, 429),
                },
            }
        },
    }
    return Part(paths, {"RequestIn": _request_in(), "Request": _request()})


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
            "received_at": INSTANT,
        },
    }


def _request() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["number", "account_no", "kind", "status", "title", "received_at"],
        "properties": {
            "number": TEXT,
            "account_no": TEXT,
            "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
            "status": {"type": "string", "enum": [status.value for status in Status]},
            "title": TEXT,
            "received_at": INSTANT,
            "due_at": MAYBE_INSTANT,
            "answer": TEXT,
            "answered_at": MAYBE_INSTANT,
            "closed_at": MAYBE_INSTANT,
        },
    }
