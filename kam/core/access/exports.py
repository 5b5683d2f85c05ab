"""A list as it is shown, as a file to take along; the export is on the record (SYS-5, SYS-2)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

from django.http import FileResponse, Http404, HttpRequest

from kam.core import access
from kam.core.actions import record
from kam.lib import clock, sheets

MOST = 50_000
WRITERS = {"xlsx": sheets.write_xlsx, "csv": sheets.write_csv}
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def shown_time(moment: datetime | None) -> datetime | None:
    """Return the moment as the company's clock shows it, for a cell: sheets know no time zones."""
    return moment.astimezone(clock.zone()).replace(tzinfo=None) if moment else None


def answer(
    request: HttpRequest, *, name: str, columns: Sequence[sheets.Column], rows: Iterable[Sequence[Any]]
) -> FileResponse:
    """Answer with the rows, at most `MOST` of which the caller gives, in the format that was asked for.

    Raises `Http404` for a format that there is not. `name` is the file's, and what the record calls the list.
    """
    kind = request.POST.get("format", "")
    if kind not in WRITERS:
        raise Http404
    file, now = BytesIO(), clock.now()
    count = WRITERS[kind](file, columns, rows)
    record(by=access.staff(request), at=now, action="list.exported", subject=name, count=count, format=kind)
    file.seek(0)
    shown = f"{name}-{clock.day_of(now):%Y%m%d}.{kind}"
    return FileResponse(file, as_attachment=True, filename=shown, content_type=TYPES[kind])


def example(kind: str, *, name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> FileResponse:
    """Answer with a small file that can be taken in as it is. Raises `Http404` for a format that there is not."""
    file = BytesIO()
    if kind == "xlsx":
        sheets.write_xlsx(file, [sheets.Column(head, head, "text") for head in heads], rows)
    elif kind == "csv":
        text = StringIO()
        csv.writer(text).writerows([heads, *rows])
        file.write(text.getvalue().encode("utf-8-sig"))
    else:
        raise Http404
    file.seek(0)
    return attachment(file, f"{name}-example.{kind}", kind)


def attachment(stream: Any, name: str, kind: str) -> FileResponse:
    """Answer with a file of people's own content, which no browser is to run."""
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=TYPES[kind])
    response["Content-Security-Policy"] = "sandbox"
    return response
