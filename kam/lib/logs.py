"""JSON log lines with the request's id and without personal data."""

import json
import logging
import re
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
_KEYS = re.compile(r"(?i)(password|passwd|secret|token|phone|mobile|mail|sessionid|csrf\w*)(['\"]?\s*[=:]\s*)['\"]?[^\s,'\"&;)}]+")


def redact(text: str) -> str:
    """Take phone numbers, mail addresses and the values of secret-looking keys out of `text`."""
    text = _KEYS.sub(r"\1\2[redacted]", text)
    for pattern, mark in _PATTERNS:
        text = pattern.sub(mark, text)
    return text


class Redact(logging.Filter):
    """Redact the finished message, whatever its arguments were."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


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
            line["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
