"""What a mail says: who sent it, when, the words without what was quoted, the files; nothing is trusted."""

from __future__ import annotations

import email
import email.policy
import hashlib
import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

MAX_BYTES = 30_000_000
MAX_TEXT = 5_000
MAX_FILES = 20
NUMBER = re.compile(r"\bSQ\d{4}-\d{6}\b")
_COMPLAINT = re.compile(r"投诉|complain", re.IGNORECASE)
_FAULT = re.compile(r"停电|没电|断电|跳闸|故障|no power|power cut|outage", re.IGNORECASE)
# From here on somebody else's words are repeated.
_QUOTED = re.compile(
    r"^(-{2,}\s*(原始邮件|Original Message|转发邮件).*|发件人[:：].*|From: .*|On .{5,80} wrote:|.{5,60}写道[:：]?)\s*$",
    re.MULTILINE | re.IGNORECASE,
)


class NoMail(Exception):
    """The bytes are no mail, or too many."""


@dataclass(frozen=True)
class File:
    name: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """One mail. `automatic`: written by a machine (absence notes, lists): it must not be answered nor counted."""

    message_id: str
    sender: str
    subject: str
    text: str
    sent_at: datetime | None
    automatic: bool
    files: list[File] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The number of the request that the subject speaks of; empty where none."""
        found = NUMBER.search(self.subject)
        return found[0] if found else ""

    @property
    def kind(self) -> str:
        """What it most likely is; a person sees it before anything happens."""
        words = f"{self.subject}\n{self.text}"
        return "COMPLAINT" if _COMPLAINT.search(words) else "FAULT" if _FAULT.search(words) else "QUESTION"


def read(raw: bytes) -> Mail:
    """Read a mail. Raises `NoMail`."""
    if not raw.strip() or len(raw) > MAX_BYTES:
        raise NoMail
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise NoMail
    return Mail(
        message_id=_message_id(message, raw),
        sender=parseaddr(_header(message, "From"))[1],
        subject=" ".join(_header(message, "Subject").split())[:200],
        text=_own_words(_text(message))[:MAX_TEXT],
        sent_at=_sent_at(message),
        automatic=_is_automatic(message),
        files=_files(message),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "")).replace("\0", "")
    except (ValueError, IndexError, AttributeError, KeyError):  # what the library cannot read is as if it was not there
        return ""


def _message_id(message: EmailMessage, raw: bytes) -> str:
    told = "".join(_header(message, "Message-ID").split())
    # Without one, or with one too long to keep: the same bytes are the same mail.
    return told if 3 <= len(told) <= 300 else f"<{hashlib.sha256(raw).hexdigest()}@sha256>"


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        sent = parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, TypeError, OverflowError):
        return None
    return sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent


def _is_automatic(message: EmailMessage) -> bool:
    submitted = _header(message, "Auto-Submitted").strip().lower()
    precedence = _header(message, "Precedence").strip().lower()
    return (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or _header(message, "Return-Path").strip() == "<>"
        or bool(_header(message, "List-Id"))
        or message.get_content_type() == "multipart/report"
    )


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError, AttributeError, KeyError):
        payload = part.get_payload(decode=True)
        text = payload.decode("gb18030", "replace") if isinstance(payload, bytes) else ""
    if part.get_content_type() == "text/html":
        text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>", " ", text)
        text = re.sub(r"(?i)<(br|/p|/div|/tr)[^>]*>", "\n", text)
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return text.replace("\0", "")


def _own_words(text: str) -> str:
    text = text.replace("\r\n", "\n")
    found = _QUOTED.search(text)
    kept = text[: found.start()] if found and text[: found.start()].strip() else text
    lines = [line.rstrip() for line in kept.split("\n") if not line.lstrip().startswith(">")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _files(message: EmailMessage) -> list[File]:
    found = []
    for part in message.walk():
        name = part.get_filename()
        if not name or part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            found.append(File(str(name)[:200], data))
    return found[:MAX_FILES]
