"""Canned texts, and new figures of promises."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from kam.core.actions import record
from kam.core.models import User
from kam.service_desk.models import ApplicationTemplate, CannedText, Promise


class TitleTaken(Exception):
    """Another text has this title."""


class FigureNotLater(Exception):
    """A new figure begins after the last one of its promise: what held, held."""


def save_canned(
    *, canned: CannedText | None, kind: str, title: str, text: str, active: bool, by: User, at: datetime
) -> CannedText:
    """Make or change a text that is written often. Raises `TitleTaken`."""
    row = canned or CannedText()
    row.kind, row.title, row.text, row.active = kind, title, text, active
    try:
        with transaction.atomic():
            row.save()
            record(by=by, at=at, action="canned.edited", subject=row, title=title, active=active)
    except IntegrityError as error:
        raise TitleTaken(title) from error
    return row


def add_figure(*, promise: Promise, figure: int, valid_from: date, source: str, by: User, at: datetime) -> Promise:
    """Let another figure hold from a day; the row before ends there, and what was promised keeps its own.

    Raises `FigureNotLater`.
    """
    with transaction.atomic():
        same = Promise.objects.select_for_update().filter(code=promise.code, province=promise.province)
        last: Promise = same.latest("valid_from")
        if valid_from <= last.valid_from:
            raise FigureNotLater
        before = last.figure
        Promise.objects.filter(pk=last.pk).update(valid_until=valid_from)
        last.pk = None
        last._state.adding = True
        last.figure, last.valid_from, last.valid_until, last.source = figure, valid_from, None, source
        last.save()
        facts: dict[str, Any] = {
            "code": last.code,
            "before": before,
            "after": figure,
            "valid_from": valid_from.isoformat(),
        }
        record(by=by, at=at, action="promise.figure_added", subject=last, **facts)
    return last


def add_template(
    *,
    kind: str,
    steps: list[dict[str, str]],
    documents: list[dict[str, Any]],
    valid_from: date,
    source: str,
    by: User,
    at: datetime,
) -> ApplicationTemplate:
    """Let other steps and documents hold for a kind of application from a day on; the row before ends there.

    Applications under way keep the row they began with. Raises `FigureNotLater`.
    """
    with transaction.atomic():
        last = ApplicationTemplate.objects.select_for_update().filter(kind=kind).latest("valid_from")
        if valid_from <= last.valid_from:
            raise FigureNotLater
        ApplicationTemplate.objects.filter(pk=last.pk).update(valid_until=valid_from)
        made = ApplicationTemplate.objects.create(
            kind=kind, steps=steps, documents=documents, valid_from=valid_from, source=source
        )
        facts: dict[str, Any] = {
            "kind": kind,
            "steps": [step["code"] for step in steps],
            "documents": [one["code"] for one in documents],
            "valid_from": valid_from.isoformat(),
        }
        record(by=by, at=at, action="application.template_added", subject=made, **facts)
    return made
