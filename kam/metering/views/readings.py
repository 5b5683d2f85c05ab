"""Files of readings: which came in, send one, look at it, take it in."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.access import exports
from kam.core.models import IntakeBatch
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.pages import page_of
from kam.metering.actions import batches
from kam.metering.actions.meters import IntervalInUse
from kam.metering.forms.readings import UploadForm
from kam.metering.models import Meter
from kam.metering.rules.prepare import NoMeter
from kam.metering.rules.quality import COUNTED
from kam.metering.rules.readings import UnreadableFile
from kam.metering.templatetags.readings import refusal_words, reject_words

READINGS = IntakeBatch.Kind.READINGS


def _files(request: HttpRequest) -> QuerySet[IntakeBatch]:
    rows = access.listed(request, IntakeBatch.objects.select_related("by"), Right.READINGS_SEE).filter(kind=READINGS)
    return rows.defer("rejects", "options", "undo").order_by("-pk")


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The files that came in, newest first."""
    page = page_of(_files(request), request.GET.get("page"))
    return render(request, "metering/batches.html", {"section": "readings", "page": page})


@require_POST
def listing_export(request: HttpRequest) -> FileResponse:
    """The files that came in, with what was stored of each, as a file."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    columns = [
        sheets.Column("file", _("File")),
        sheets.Column("status", _("State")),
        sheets.Column("at", _("Sent"), "datetime"),
        sheets.Column("by", _("By")),
        sheets.Column("intervals_stored", _("Readings stored"), "integer"),
        sheets.Column("missing", _("Missing"), "integer"),
        sheets.Column("estimated", _("Estimated"), "integer"),
        sheets.Column("rows_rejected", _("Rows rejected"), "integer"),
    ]
    rows = _files(request)[: exports.MOST]
    return exports.answer(request, name="readings", columns=columns, rows=map(_exported, rows))


def _exported(row: IntakeBatch) -> list[Any]:
    at, who = exports.shown_time(row.at), row.by.name if row.by else ""
    counts = [row.counts.get(name) for name in ("intervals_stored", "missing", "estimated", "rows_rejected")]
    if row.status == IntakeBatch.Status.PREVIEW:
        counts[0] = None  # nothing is stored yet
    return [row.file_name, row.get_status_display(), at, who, *counts]


def upload(request: HttpRequest) -> HttpResponse:
    """Send a file; it is looked at and not yet taken in."""
    meters = access.listed(request, Meter.objects.select_related("account"), Right.READINGS_IMPORT)
    form = UploadForm(request.POST or None, request.FILES or None, meters=meters)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = batches.receive(
                file=file,
                file_name=file.name,
                hints=form.hints(),
                meter=form.cleaned_data["meter_no"],
                by=access.staff(request),
                at=clock.now(),
            )
        except NoMeter as refusal:
            form.add_error("meter_no", refusal_words(refusal))
        except (UnreadableFile, IntervalInUse) as refusal:
            form.add_error("file", refusal_words(refusal))
        else:
            return redirect("metering:batch", batch.pk)
    return render(request, "metering/upload.html", {"section": "readings", "form": form})


@require_GET
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One file: what it would do, how far it is, or what became of it."""
    rows = IntakeBatch.objects.select_related("by", "job").filter(kind=READINGS)
    row = access.fetch(request, rows, Right.READINGS_SEE, pk=batch_id)
    over, stored = row.counts.get("over", 0), row.counts.get("intervals_stored", 0)
    context = {
        "section": "readings",
        "batch": row,
        "preview": row.options.get("preview"),
        "marks": COUNTED,
        "suspicious": row.status == IntakeBatch.Status.PREVIEW and over * 2 > max(stored, 1),
    }
    return render(request, "metering/batch.html", context)


@require_POST
def take_in(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take the file in, in the background."""
    rows = IntakeBatch.objects.filter(kind=READINGS)
    row = access.fetch(request, rows, Right.READINGS_IMPORT, pk=batch_id)
    try:
        batches.order(batch=row, by=access.staff(request), at=clock.now())
    except batches.NotWaiting:
        messages.info(request, _("This file is past its preview already."))
    return redirect("metering:batch", row.pk)


@require_POST
def drop(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Throw the file away; nothing of it was taken in."""
    rows = IntakeBatch.objects.filter(kind=READINGS)
    row = access.fetch(request, rows, Right.READINGS_IMPORT, pk=batch_id)
    try:
        batches.drop(batch=row, by=access.staff(request), at=clock.now())
    except batches.NotWaiting:
        messages.info(request, _("This file is past its preview already."))
        return redirect("metering:batch", row.pk)
    messages.success(request, _("%(file)s was thrown away; nothing was taken in.") % {"file": row.file_name})
    return redirect("metering:batches")


@require_GET
def rejects(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The rows that were not taken, as a table to correct by."""
    rows = IntakeBatch.objects.filter(kind=READINGS)
    row = access.fetch(request, rows, Right.READINGS_SEE, pk=batch_id)
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejects-{row.pk}.csv"'
    writer = csv.writer(answer)
    writer.writerow([_("file"), _("row"), _("column"), _("value"), _("problem")])
    for one in row.rejects:
        cells = [one.get("file", ""), one["row"], one["column"], one["value"], reject_words(one["code"])]
        writer.writerow([sheets.safe_text(str(cell)) for cell in cells])
    return answer


@require_GET
def file(request: HttpRequest, batch_id: int) -> FileResponse:
    """The file as it was sent, only ever as an attachment."""
    rows = IntakeBatch.objects.filter(kind=READINGS)
    row = access.fetch(request, rows, Right.READINGS_SEE, pk=batch_id)
    if not row.file:
        raise Http404
    return FileResponse(
        row.file.open("rb"), as_attachment=True, filename=row.file_name, content_type="application/octet-stream"
    )
