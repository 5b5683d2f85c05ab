"""The text in force for an occasion, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kam.notifications.models import MessageTemplate
from kam.notifications.rules.texts import Form, filled


class NoText(Exception):
    """No text of this key, form and language holds on that day."""


@dataclass(frozen=True)
class Wording:
    """A text filled in, and which version it was made from."""

    subject: str
    text: str
    template_id: int
    version: int


def template_for(*, key: str, language: str, form: Form, day: date) -> MessageTemplate:
    """Return the text in force on `day`, its places not filled. Raises `NoText`.

    Where the language has none, the Chinese one: told in another language is better than not told.
    """
    rows = MessageTemplate.objects.in_force(day).filter(key=key, form=form)
    row = rows.filter(language=language).first() or rows.filter(language="zh-hans").first()
    if row is None:
        raise NoText(f"{key} {form} {language}")
    return row


def filled_in(row: MessageTemplate, facts: Mapping[str, str]) -> Wording:
    """Return a text with its places filled. Raises `BadText` where a fact is missing."""
    return Wording(filled(row.subject, facts), filled(row.text, facts), row.pk, row.version)


def text_for(*, key: str, language: str, form: Form, day: date, facts: Mapping[str, str]) -> Wording:
    """Return the text in force on `day`, its places filled. Raises `NoText`, `BadText` where a fact is missing."""
    return filled_in(template_for(key=key, language=language, form=form, day=day), facts)


def text_lists(day: date) -> list[tuple[str, list[MessageTemplate]]]:
    """Return every key with its texts as they hold on `day`, by language and form. One query."""
    held: dict[tuple[str, str, str], MessageTemplate] = {}
    for row in MessageTemplate.objects.filter(valid_from__lte=day).order_by("valid_from", "version"):
        held[row.key, row.language, row.form] = row
    keys = sorted({key for key, _, _ in held})
    order = {form.value: place for place, form in enumerate(Form)}
    return [
        (
            key,
            sorted(
                (row for (its, _, _), row in held.items() if its == key),
                key=lambda row: (row.language != "zh-hans", order.get(row.form, 9)),
            ),
        )
        for key in keys
    ]
