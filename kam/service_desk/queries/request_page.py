"""Everything of one request, for its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kam.service_desk.models import (
    Attachment,
    CallBack,
    Deadline,
    FieldJob,
    Handover,
    Helper,
    MailIn,
    Note,
    Pause,
    Rating,
    Request,
    RequestMove,
    RequestRef,
)

MOST = 100


@dataclass(frozen=True)
class Line:
    """One thing that happened: a move, a note, a pause, a call. `what` tells the template how to say it."""

    at: datetime
    what: str
    row: Any
    number: str = ""  # of the double it belongs to


@dataclass
class RequestPage:
    """What the page shows beside the request's own row."""

    deadlines: list[Deadline]
    lines: list[Line]
    attachments: list[Attachment]
    refs: list[RequestRef]
    helpers: list[Helper]
    handover: Handover | None
    jobs: list[FieldJob]
    doubles: list[Request]
    rating: Rating | None
    tries: int
    pause: Pause | None = None
    others: list[Request] = field(default_factory=list)

    @property
    def running(self) -> list[Deadline]:
        return [row for row in self.deadlines if row.met_at is None]


def request_page(request: Request) -> RequestPage:
    """Gather the page of a request with its doubles; some fourteen queries."""
    doubles = list(Request.objects.filter(merged_into=request).select_related("first_owner").order_by("received_at"))
    ids = [request.pk, *(double.pk for double in doubles)]
    numbers = {double.pk: double.number for double in doubles}
    pauses = list(Pause.objects.filter(request=request).select_related("begun_by", "ended_by").order_by("begun_at"))
    handovers = list(Handover.objects.filter(request=request).select_related("giver", "taker").order_by("-pk")[:MOST])
    helpers = list(Helper.objects.filter(request=request).select_related("user", "by").order_by("pk")[:MOST])
    calls = list(CallBack.objects.filter(request=request).select_related("by").order_by("pk")[:MOST])
    jobs = list(FieldJob.objects.filter(request=request).select_related("crew", "sent_by").order_by("-pk")[:20])
    refs = list(RequestRef.objects.filter(request__in=ids).select_related("by", "ended_by").order_by("pk")[:MOST])
    lines = [
        *_lines("move", RequestMove.objects.filter(request__in=ids).select_related("by"), numbers),
        *_lines("note", Note.objects.filter(request__in=ids).select_related("by"), numbers),
        *(Line(row.begun_at, "pause", row) for row in pauses),
        *(Line(row.ended_at, "resume", row) for row in pauses if row.ended_at),
        *(Line(row.at, "handover", row) for row in handovers),
        *(Line(row.decided_at, "handover_decided", row) for row in handovers if row.decided_at),
        *(Line(row.at, "help", row) for row in helpers),
        *(Line(row.at, "call", row) for row in calls),
        *(Line(row.at, "linked", row, numbers.get(row.request_id, "")) for row in refs if row.by and row.at),
        *(Line(row.ended_at, "unlinked", row, numbers.get(row.request_id, "")) for row in refs if row.ended_at),
        *_lines("mail", MailIn.objects.filter(request__in=ids), numbers),
    ]
    return RequestPage(
        deadlines=list(
            Deadline.objects.filter(request=request).select_related("promise").order_by("round", "due_at", "pk")
        ),
        lines=sorted(lines, key=lambda line: (line.at, line.what != "move"), reverse=True),
        attachments=list(Attachment.objects.filter(request__in=ids).select_related("by").order_by("pk")),
        refs=[row for row in refs if row.ended_at is None],
        helpers=helpers,
        handover=next((row for row in handovers if row.decided_at is None), None),
        jobs=jobs,
        doubles=doubles,
        rating=Rating.objects.filter(request=request).order_by("-round").first(),
        tries=sum(not row.reached and row.round == request.round for row in calls),
        pause=next((row for row in pauses if row.ended_at is None), None),
    )


def _lines(what: str, rows: Any, numbers: dict[int, str]) -> Iterable[Line]:
    return [Line(row.at, what, row, numbers.get(row.request_id, "")) for row in rows.order_by("pk")[:MOST]]
