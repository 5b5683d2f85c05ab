"""Export of the list as shown; a long one is written in the background and belongs to who asked."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.actions import export
from kam.accounts.forms.filters import ExportForm, FilterForm
from kam.accounts.queries.choices import choices_for
from kam.accounts.views.lists import clean_query
from kam.core import access
from kam.core.models import Job, User
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.typed import whole

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@require_POST
def start(request: HttpRequest) -> HttpResponseBase:
    """Answer with the file, or with the job that writes it."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Http404
    user, now = access.staff(request), clock.now()
    order, kind = _order(user, request.POST.get("query", "")), form.cleaned_data["format"]
    if export.count(user, order) > export.AT_ONCE:
        job = export.start(by=user, at=now, order=order, kind=kind)
        return redirect("accounts:export_done", job.pk)
    file = BytesIO()
    export.write(file, by=user, at=now, order=order, kind=kind)
    file.seek(0)
    return _attachment(file, f"accounts-{clock.day_of(now):%Y%m%d}.{kind}", kind)


def _order(user: User, query: str) -> export.Order:
    """Read a list's query string as the list itself does."""
    given = QueryDict(clean_query(query))
    filters = FilterForm(given, choices=choices_for(user, group_id=whole(given.get("group"))), user=user)
    criteria = filters.criteria()
    return export.Order(
        criteria=criteria,
        text=filters.cleaned_data.get("q", ""),
        sort=given.get("sort", "name"),
        columns=given.getlist("cols"),
        language=str(get_language()),
    )


@require_GET
def finished(request: HttpRequest, job_id: int) -> HttpResponse:
    """Tell how far the file is, then give its link."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    job = access.own(request, Job.objects.all(), pk=job_id, kind=export.TASK)
    return render(request, "accounts/export.html", {"section": "accounts", "job": job})


@require_GET
def file(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Give the finished file to its owner, nobody else."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    job = access.own(request, Job.objects.all(), pk=job_id, kind=export.TASK, status=Job.Status.DONE)
    kind, name = job.args["kind"], job.result.get("file", "")
    if not name or not default_storage.exists(name):
        raise Http404
    return _attachment(default_storage.open(name), f"accounts-{clock.day_of(job.created_at):%Y%m%d}.{kind}", kind)


def _attachment(stream: Any, name: str, kind: str) -> FileResponse:
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=TYPES[kind])
    response["Content-Security-Policy"] = "sandbox"
    return response
