"""Reads the table, makes the requests, and says where an answer differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.rows import MAKES
from tests.access.table import HEAD, TABLE
from tests.cast import Cast

LETTERS = {404: "n", 403: "f", 405: "m"}


@dataclass(frozen=True)
class Line:
    name: str
    of: str
    method: str
    cells: dict[str, str]

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "POST") if self.method == "BOTH" else (self.method,)


def lines() -> list[Line]:
    """Read the table; raises ValueError with the line that is not one."""
    found = []
    for text in TABLE.strip().splitlines()[1:]:
        if not text.strip():
            continue
        name, of, method, cells = (part.strip() for part in text.split("|"))
        answers = cells.split()
        width = 1 if of == "-" else 2
        known = of == "-" or of in MAKES
        if len(answers) != len(HEAD) or any(len(cell) != width for cell in answers) or not known:
            raise ValueError(text)
        if method not in ("GET", "POST", "BOTH"):
            raise ValueError(text)
        found.append(Line(name, of, method, dict(zip(HEAD, answers, strict=True))))
    return found


def url_names(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """Walk every named address of the product; an address without a name is named by its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from url_names(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}" if entry.name else f"{space}{entry.pattern}"


def letter(client: Client, method: str, url: str, secrets: tuple[str, ...] = ()) -> str:
    """Make one request, undo what it did, and return the letter of its answer, or a secret that it let out."""
    with transaction.atomic():
        answer: Any = client.get(url) if method == "GET" else client.post(url, {})
        transaction.set_rollback(True)
    status = answer.status_code
    body = answer.getvalue() if answer.streaming else answer.content
    for secret in secrets:
        if secret.encode() in body:
            return f"shows {secret}"
    if status in LETTERS:
        return LETTERS[status]
    if 300 <= status < 400:
        return "!" if answer["Location"].startswith(reverse("account_login")) else "v"
    return "v" if status < 300 else f"[{status}]"


def _unasked(secrets: tuple[str, ...], kwargs: Any) -> tuple[str, ...]:
    """A 404 page may repeat the number that was asked for: it tells nothing."""
    asked = {str(value) for value in kwargs.values()}
    return tuple(secret for secret in secrets if secret not in asked)


# Enough to notice a dropped scope: the same station without the account, another district, no reach at all.
STRANGERS = ("wang", "zhao", "admin")


def differences(line: Line, cast: Cast, *, strangers: bool = False) -> list[str]:
    """Ask the line's address as everybody, for every row and method; list what is not as the table says.

    With `strangers`, as STRANGERS only, and at most one difference. Leaves nothing behind in the database.
    """
    with transaction.atomic():
        found = list(islice(_differences(line, cast, STRANGERS if strangers else HEAD), 1 if strangers else None))
        transaction.set_rollback(True)
    return found


def _differences(line: Line, cast: Cast, people: Sequence[str]) -> Iterator[str]:
    # What must not be on any page of somebody out of reach; written down here, not asked of the code under test.
    own = (cast.account.name, cast.account.account_no)
    other = (cast.other_account.name, cast.other_account.account_no)
    hidden = dict.fromkeys(HEAD, other) | {"zhao": own, "boss": (), "auditor": (), "admin": own + other}
    targets = MAKES[line.of](cast) if line.of != "-" else ({},)
    for who in people:
        client = Client()
        client.force_login(getattr(cast, who))
        for method in line.methods:
            for index, kwargs in enumerate(targets):
                cell = line.cells[who]
                # Who lacks the right for every row may be told so before any row is looked for: that tells nothing.
                expected = cell[index] if index < len(cell) else "nf" if cell == "ff" else "n"
                found = letter(client, method, reverse(line.name, kwargs=kwargs), _unasked(hidden[who], kwargs))
                if found not in expected:
                    kind = ("own", "other", "absent", "mixed")[index] if line.of != "-" else "-"
                    yield f"{line.name} {method} {kind} as {who}: {found}, the table says {expected}"
        if line.method == "POST":
            found = letter(client, "GET", reverse(line.name, kwargs=targets[0]))
            if found != "m":
                yield f"{line.name} GET as {who}: {found}, an action must answer 405"
