"""JSON log lines with the request's id and without personal data."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# Mainland mobile numbers, land lines, mail addresses; digits may be parted by spaces or hyphens.
_PATTERNS = [
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)0\d{2,3}[ -]?\d{7,8}(?!\d)"), "[phone]"),
    (re.compile(r"[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9.-]+\.[A-Za-z]{2,}"), "[mail]"),
]
# A customer's signed link and a calendar feed open something by themselves: the address is the secret.
_ADDRESSES = re.compile(r"(/(?:c|feed)/)[A-Za-z0-9_-]{8,}")
_KEYS = re.compile(
    r"(?i)(password|passwd|secret|token|phone|mobile|mail|sessionid|csrf\w*)(['\"]?\s*[=:]\s*)['\"]?[^\s,'\"&;)}]+"
)
# Exceptions that speak of code and places, never of a row. What another one says may quote a person's name (a
# database's "Key (name)=(...)"), which no pattern finds; its type and frames have to do.
_TELLS = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "OperationalError",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
}


def redact(text: str) -> str:
    """Take phone numbers, mail addresses and the values of secret-looking keys out of `text`."""
    text = _KEYS.sub(r"\1\2[redacted]", text)
    text = _ADDRESSES.sub(r"\1[redacted]", text)
    for pattern, mark in _PATTERNS:
        text = pattern.sub(mark, text)
    return text


class Redact(logging.Filter):
    """Redact the finished message, whatever its arguments were."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


def trace(error: BaseException | None) -> str:
    """Return the frames of `error` and its causes; what it says only where that cannot be about a person."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        name = type(error).__name__
        said = f": {redact(str(error))}" if name in _TELLS else ""
        parts.append("".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__module__}.{name}{said}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nThe above came from:\n".join(reversed(parts))


class JsonLine(logging.Formatter):
    """One JSON object a line, UTC, newline-safe, with the request id."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        if record.exc_info:
            line["traceback"] = trace(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)
