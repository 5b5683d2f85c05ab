"""What billing answers to other systems, as OpenAPI tells it."""

from __future__ import annotations

from typing import Any

from kam.lib.openapi import DAY, TEXT, Part, Schema, json_of, named, refusals

MOST_ROWS = 500
PAGE = 200
MONEY: Schema = {"type": ["string", "number"], "description": "Yuan with at most two decimals; text keeps every cent"}
YUAN: Schema = {"type": "string", "description": "Yuan with two decimals"}
# What a bill is called outside, and the column of a file that says the same.
BILL_FIELDS = {
    "account_no": "account",
    "number": "number",
    "issued_on": "issued",
    "due_on": "due",
    "amount": "amount",
    "settled_on": "settled",
    "kwh": "kwh",
    "month": "month",
    "energy_yuan": "energy",
    "funds_yuan": "funds",
    "capacity_yuan": "capacity",
    "demand_yuan": "demand",
    "adjustment_yuan": "adjustment",
    "corrects": "corrects",
}
PAYMENT_FIELDS = {
    "account_no": "account",
    "reference": "reference",
    "received_on": "received",
    "amount": "amount",
    "channel": "channel",
    "payer": "payer",
    "note": "note",
}


def part() -> Part:
    """Return billing's part of the description."""
    paths = {
        "/api/bills": {"post": _taken("takeInBills", "Hand bills over; each number once", "Bills"), "get": _bills()},
        "/api/bills/{number}": {
            "get": {
                "operationId": "getBill",
                "summary": "One bill and what is open of it",
                "parameters": [{"name": "number", "in": "path", "required": True, "schema": TEXT}],
                "responses": {
                    "200": {"description": "The bill", "content": json_of("Bill")},
                    **refusals(401, 403, 404, 429),
                },
            }
        },
        "/api/payments": {
            "post": _taken("takeInPayments", "Hand payments over; each reference once", "Payments"),
            "get": _listed("listPayments", "Payments of an account, the newest first", "Payment", "payments"),
        },
    }
    schemas = {
        "BillsIn": _batch("bills", "BillIn"),
        "BillIn": _bill_in(),
        "PaymentsIn": _batch("payments", "PaymentIn"),
        "PaymentIn": _payment_in(),
        "Taken": _outcome(),
        "Bill": _bill(),
        "Payment": _payment(),
    }
    return Part(paths, schemas)


def _taken(operation: str, summary: str, what: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "description": "Sent again, a row changes nothing. A row that is refused keeps none of the others back.",
        "requestBody": {"required": True, "content": json_of(f"{what}In")},
        "responses": {
            "200": {"description": "What became of each row", "content": json_of("Taken")},
            **refusals(400, 401, 403, 413, 422, 429),
        },
    }


def _listed(operation: str, summary: str, name: str, key: str) -> dict[str, Any]:
    shown = {
        "type": "object",
        "required": [key, "next"],
        "properties": {
            key: {"type": "array", "items": named(name), "maxItems": PAGE},
            "next": {"type": ["string", "null"], "description": "Value of `before` for the next page"},
        },
    }
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [
            {"name": "account_no", "in": "query", "required": True, "schema": TEXT},
            {"name": "before", "in": "query", "schema": TEXT},
        ],
        "responses": {
            "200": {"description": "A page", "content": {"application/json": {"schema": shown}}},
            **refusals(401, 403, 404, 422, 429),
        },
    }


def _bills() -> dict[str, Any]:
    found = _listed("listBills", "Bills of an account, the newest first", "Bill", "bills")
    found["parameters"].append({"name": "open", "in": "query", "schema": {"type": "string", "enum": ["1"]}})
    return found


def _batch(key: str, name: str) -> Schema:
    return {
        "type": "object",
        "required": [key],
        "additionalProperties": False,
        "properties": {key: {"type": "array", "items": named(name), "minItems": 1, "maxItems": MOST_ROWS}},
    }


def _bill_in() -> Schema:
    known: dict[str, Schema] = {
        "account_no": {"type": "string", "maxLength": 32},
        "number": {"type": "string", "maxLength": 60, "pattern": "^[0-9A-Za-z][0-9A-Za-z_.-]*$"},
        "issued_on": DAY,
        "due_on": DAY | {"description": "Needed, but for a credit note"},
        "amount": MONEY | {"description": "Yuan; below nothing it is a credit note"},
        "corrects": {"type": "string", "description": "Of a credit note: the number of the bill that was too high"},
        "settled_on": DAY | {"description": "All of it was paid on that day"},
        "kwh": {"type": ["string", "number"]},
        "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "description": "Else the month before the issue"},
    }
    return {
        "type": "object",
        "required": ["account_no", "number", "issued_on", "amount"],
        "additionalProperties": False,
        "properties": {name: known.get(name, MONEY) for name in BILL_FIELDS},
    }


def _payment_in() -> Schema:
    known: dict[str, Schema] = {
        "account_no": {"type": "string", "maxLength": 32},
        "reference": {"type": "string", "maxLength": 100},
        "received_on": DAY,
        "amount": MONEY,
        "channel": {"type": "string", "enum": ["BANK", "ONLINE", "POS", "COUNTER", "DOOR"]},
        "payer": {"type": "string", "maxLength": 120},
        "note": {"type": "string", "maxLength": 200},
    }
    told = {"type": "object", "additionalProperties": MONEY, "description": "Bill number: yuan; else the oldest first"}
    return {
        "type": "object",
        "required": ["account_no", "reference", "received_on", "amount"],
        "additionalProperties": False,
        "properties": {**{name: known[name] for name in PAYMENT_FIELDS}, "bills": told},
    }


def _outcome() -> Schema:
    row = {
        "type": "object",
        "required": ["row", "outcome"],
        "properties": {
            "row": {"type": "integer", "description": "Place in the call, from 0"},
            "outcome": {"type": "string", "enum": ["stored", "unchanged", "rejected"]},
            "field": TEXT,
            "code": TEXT,
            "reason": TEXT,
        },
    }
    counts = {name: {"type": "integer"} for name in ("rows_read", "stored", "unchanged", "rejected")}
    return {
        "type": "object",
        "required": [*counts, "results"],
        "properties": {**counts, "results": {"type": "array", "items": row}},
    }


def _bill() -> Schema:
    texts = ("number", "account_no", "kind", "status")
    days = ("period_from", "period_until", "issued_on", "due_on")
    yuan = ("amount", "open", "paid", "written_off", "contested")
    maybe = {"settled_on": {"type": ["string", "null"], "format": "date"}, "kwh": {"type": ["string", "null"]}}
    named_ = {**dict.fromkeys(texts, TEXT), **dict.fromkeys(days, DAY), **dict.fromkeys(yuan, YUAN)}
    return {"type": "object", "required": [*named_, *maybe], "properties": {**named_, **maybe}}


def _payment() -> Schema:
    shown = {
        "reference": TEXT,
        "account_no": TEXT,
        "channel": TEXT,
        "received_on": DAY,
        "amount": YUAN,
        "not_allocated": YUAN,
        "reversed_on": {"type": ["string", "null"], "format": "date"},
        "bills": {"type": "object", "additionalProperties": YUAN, "description": "What it settles, by bill number"},
    }
    return {"type": "object", "required": list(shown), "properties": shown}
