"""Accounts from a file: send, look at every problem, take in, give back what was rejected, undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.core import access
from kam.core.access import exports
from kam.core.actions import sent_files
from kam.core.forms.tables import TableForm
from kam.core.models import IntakeBatch
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.reports.actions import account_import as actions
from kam.reports.rules.account_rows import COLUMNS, HEADERS, OPTIONAL
from kam.reports.templatetags.kam_imports import table_words

EXAMPLE = (
    ("3200000101", "江海特钢有限公司", "91350100M000100Y43", "3120", "工业", "35", "12500", "二级", "是")
    + ("", "", "", "JH00000101", "15", "3500"),
    ("3200000102", "江海市第一人民医院", "", "8411", "社会公益", "10", "2500", "一级", "否")
    + ("", "", "", "JH00000102", "15", "200"),
)


def _batches(request: HttpRequest) -> Any:
    return access.listed(request, IntakeBatch.objects.all(), Right.ACCOUNTS_IMPORT).filter(
        kind=IntakeBatch.Kind.ACCOUNTS
    )


def _batch(request: HttpRequest, pk: int) -> IntakeBatch:
    return access.fetch(
        request,
        IntakeBatch.objects.select_related("job", "by"),
        Right.ACCOUNTS_IMPORT,
        pk=pk,
        kind=IntakeBatch.Kind.ACCOUNTS,
    )


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Send a file; below are the files sent before."""
    batches = _batches(request)
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = actions.open_batch(
                by=access.staff(request), at=clock.now(), upload=file, file_name=file.name, size=file.size
            )
            return redirect("reports:account_import", batch.pk)
        except sent_files.AlreadyTakenIn as error:
            form.add_error(
                "file",
                _("This very file was taken in before, on %(day)s. Nothing is changed.")
                % {"day": f"{clock.day_of(error.batch.at)}"},
            )
        except actions.BadTable as error:
            form.add_error("file", table_words(error.code, error.detail))
    context = {
        "section": "accounts",
        "form": form,
        "page": page_of(batches.select_related("by").order_by("-pk"), request.GET.get("page"), size=20),
        "columns": [(HEADERS[column][0], column) for column in (*COLUMNS, *OPTIONAL)],
        "batch_url": "reports:account_import",
        "example_url": "reports:account_import_example",
    }
    return render(request, "reports/account_imports.html", context)


@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what would become of it, or what became of it."""
    found = _batch(request, pk)
    problems = sorted(found.counts.get("by_problem", {}).items(), key=lambda pair: -pair[1])
    context = {"section": "accounts", "batch": found, "counts": found.counts, "problems": problems, "job": found.job}
    return render(request, "reports/account_import.html", context)


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the good rows in, in the background."""
    found = _batch(request, pk)
    if not actions.start(found, by=access.staff(request), at=clock.now()):
        messages.info(request, _("This file is being taken in already."))
    return redirect("reports:account_import", pk)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the import back as far as nobody built on it."""
    found = _batch(request, pk)
    try:
        ordered = actions.order_undo(found, by=access.staff(request), at=clock.now())
    except actions.CannotUndo:
        messages.error(request, _("This file is not taken in, so there is nothing to undo."))
    else:
        if not ordered:
            messages.info(request, _("This import is being undone already."))
    return redirect("reports:account_import", pk)


@require_GET
def rejects(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    """Give the rejected rows back as a file to correct and send again."""
    found = _batch(request, pk)
    if kind != "csv" or not found.rejects_file:
        raise Http404
    return exports.attachment(found.rejects_file.open("rb"), f"rejected-{found.pk}.csv", kind)


@require_GET
def example(request: HttpRequest, kind: str) -> FileResponse:
    """Give a small file that can be taken in as it is."""
    access.check(request, Right.ACCOUNTS_IMPORT)
    chinese = str(get_language()).startswith("zh")
    heads = [HEADERS[column][0] if chinese else column for column in COLUMNS]
    return exports.example(kind, name="accounts", heads=heads, rows=EXAMPLE)
