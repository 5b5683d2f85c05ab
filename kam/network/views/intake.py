"""The network from a file: send, look at every problem, take in, give back what was rejected."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.access import exports
from kam.core.actions import sent_files
from kam.core.forms.tables import TableForm
from kam.core.models import IntakeBatch
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.sheets import UnreadableTable
from kam.network.actions import batches as actions
from kam.network.rules.rows import CHINESE, NoKindColumn
from kam.network.templatetags.network import refusal_words

SHOWN_PROBLEMS = 300
EXAMPLE = (
    ("变电站", "BD-EX1", "示例变电站", "110", "", "", "", "", "", "", "", ""),
    ("线路", "XL-EX1", "示例甲线", "10", "BD-EX1", "", "", "", "", "", "", ""),
    ("线路", "XL-EX2", "示例甲线一支线", "10", "", "XL-EX1", "", "", "", "", "", ""),
    ("供电点", "", "一号配电室", "", "", "", "", "{account}", "XL-EX2", "主供", "无", "2000"),
)


def _batches(request: HttpRequest) -> QuerySet[IntakeBatch]:
    rows = access.listed(request, IntakeBatch.objects.all(), Right.NETWORK_EDIT)
    return rows.filter(kind=IntakeBatch.Kind.NETWORK)


def _batch(request: HttpRequest, pk: int) -> IntakeBatch:
    rows = IntakeBatch.objects.select_related("job", "by")
    return access.fetch(request, rows, Right.NETWORK_EDIT, pk=pk, kind=IntakeBatch.Kind.NETWORK)


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Send a file; below are the files sent before."""
    rows = _batches(request)
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, by = form.cleaned_data["file"], access.staff(request)
        try:
            batch = actions.open_batch(by=by, at=clock.now(), upload=file, file_name=file.name, size=file.size)
            return redirect("network:import", batch.pk)
        except sent_files.AlreadyTakenIn as error:
            told = _("This very file was taken in before, on %(day)s. Nothing is changed.")
            form.add_error("file", told % {"day": f"{clock.day_of(error.batch.at)}"})
        except (UnreadableTable, NoKindColumn) as refusal:
            form.add_error("file", refusal_words(refusal))
    context = {
        "section": "network",
        "form": form,
        "page": page_of(rows.select_related("by").order_by("-pk"), request.GET.get("page"), size=20),
        "columns": [(word, name) for name, word in CHINESE.items()],
        "batch_url": "network:import",
        "example_url": "network:import_example",
    }
    return render(request, "network/imports.html", context)


@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what would become of it, or what became of it."""
    found = _batch(request, pk)
    counts = found.counts
    context = {
        "section": "network",
        "batch": found,
        "job": found.job,
        "counts": counts,
        "kinds": [
            (_("Substations"), counts.get("substations")),
            (_("Lines"), counts.get("lines")),
            (_("Supply points"), counts.get("supply_points")),
        ],
        "problems": sorted(counts.get("by_problem", {}).items(), key=lambda pair: -pair[1]),
        "rejects": found.rejects[:SHOWN_PROBLEMS],
        "more": max(counts.get("rejected", 0) - SHOWN_PROBLEMS, 0),
    }
    return render(request, "network/import.html", context)


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the good rows in, in the background."""
    if not actions.start(_batch(request, pk), by=access.staff(request), at=clock.now()):
        messages.info(request, _("This file is being taken in already."))
    return redirect("network:import", pk)


@require_GET
def rejects(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    """Give the rejected rows back as a file to correct and send again."""
    found = _batch(request, pk)
    if kind != "csv" or not found.rejects_file:
        raise Http404
    return exports.attachment(found.rejects_file.open("rb"), f"network-rejected-{found.pk}.csv", kind)


@require_GET
def example(request: HttpRequest, kind: str) -> FileResponse:
    """Give a small file that shows each kind of row."""
    access.check(request, Right.NETWORK_EDIT)
    chinese = str(get_language()).startswith("zh")
    heads = [word if chinese else name for name, word in CHINESE.items()]
    known = access.listed(request, Account.objects.all(), Right.NETWORK_EDIT).order_by("pk").first()
    number = known.account_no if known is not None else ""
    rows = [
        [number if cell == "{account}" else cell for cell in row] for row in EXAMPLE if number or row[0] != "供电点"
    ]
    return exports.example(kind, name="network", heads=heads, rows=rows)
