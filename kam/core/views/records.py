"""Rules in force with their history, and the audit record."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.core import access, actions, queries
from kam.core.forms.records import AuditFilter, RuleForm
from kam.core.models import AUDIT_LABELS, AuditEntry, RuleValue
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.pages import page_of


def rules(request: HttpRequest) -> HttpResponse:
    """Every figure that law or company may change: what holds today, what will, what held."""
    rows = access.listed(request, RuleValue.objects.all(), Right.RULES_SEE)
    context = {"histories": queries.rule_histories(rows, clock.today()), "section": "rules"}
    return render(request, "core/rules.html", context)


def rule_add(request: HttpRequest, key: str) -> HttpResponse:
    """Let a new value hold from a day."""
    last = access.fetch(request, RuleValue.objects.order_by("-valid_from"), Right.RULES_EDIT, key=key)
    form = RuleForm(request.POST or None, last_value=last.value)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.add_rule(by=access.staff(request), at=clock.now(), key=key, **form.cleaned_data)
        except actions.RuleNotLater as error:
            text = _("The last value holds from %(day)s. A new one must begin later.")
            form.add_error("valid_from", text % {"day": error.last.isoformat()})
        else:
            text = _("%(key)s changes on %(day)s.")
            messages.success(request, text % {"key": key, "day": row.valid_from.isoformat()})
            return redirect("core:rules")
    return render(request, "core/rule.html", {"form": form, "last": last, "section": "rules"})


def _filtered(request: HttpRequest, form: AuditFilter) -> QuerySet[AuditEntry]:
    """Return the entries that the form asks for, latest first."""
    rows = access.listed(request, AuditEntry.objects.select_related("by"), Right.AUDIT_SEE)
    form.is_valid()
    wanted = form.cleaned_data
    if wanted.get("by"):
        rows = rows.filter(by__username__iexact=wanted["by"].strip())
    if wanted.get("account"):
        rows = rows.filter(account_id=queries.account_id_of(wanted["account"].strip()) or -1)
    if wanted.get("action"):
        rows = rows.filter(action=wanted["action"])
    if wanted.get("since"):
        rows = rows.filter(at__gte=datetime.combine(wanted["since"], time(), clock.zone()))
    if wanted.get("until"):
        rows = rows.filter(at__lt=datetime.combine(wanted["until"] + timedelta(days=1), time(), clock.zone()))
    return rows.order_by("-seq")


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what, when, to what."""
    form = AuditFilter(request.GET)
    page = page_of(_filtered(request, form), request.GET.get("page"))
    numbers = queries.account_numbers(row.account_id for row in page.rows if row.account_id)
    lines = [{"row": row, **_told(row, numbers)} for row in page.rows]
    return render(request, "core/audit.html", {"form": form, "page": page, "lines": lines, "section": "audit"})


EXPORT_ROWS = 50_000


@require_POST
def audit_export(request: HttpRequest) -> FileResponse:
    """The entries as filtered, at most 50,000, as CSV; the export itself is on the record."""
    rows = _filtered(request, AuditFilter(request.GET))[:EXPORT_ROWS]
    columns = [
        sheets.Column("seq", _("No."), "integer"),
        sheets.Column("at", _("When"), "datetime"),
        sheets.Column("by", _("Who")),
        sheets.Column("label", _("What")),
        sheets.Column("action", _("Code")),
        sheets.Column("account", _("Account")),
        sheets.Column("subject", _("Row")),
        sheets.Column("body", _("Particulars")),
        sheets.Column("hash", _("Chain")),
    ]
    numbers = queries.account_numbers({number for number in rows.values_list("account_id", flat=True) if number})
    file = BytesIO()
    count = sheets.write_csv(file, columns, (_exported(row, numbers) for row in rows.iterator(chunk_size=2000)))
    me, at = access.staff(request), clock.now()
    actions.record(by=me, at=at, action="audit.exported", subject="core.AuditEntry", rows=count)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"audit-{clock.today().isoformat()}.csv")


def _exported(row: AuditEntry, numbers: dict[int, str]) -> list[Any]:
    facts = json.dumps(json.loads(row.body).get("facts", {}), ensure_ascii=False)
    label = str(AUDIT_LABELS.get(row.action, row.action))
    who = row.by.username if row.by else ""
    at = row.at.astimezone(clock.zone()).replace(tzinfo=None)
    return [row.seq, at, who, label, row.action, numbers.get(row.account_id or 0, ""), row.subject, facts, row.hash]


def _told(row: AuditEntry, numbers: dict[int, str]) -> dict[str, Any]:
    facts = json.loads(row.body).get("facts", {})
    return {
        "label": AUDIT_LABELS.get(row.action, row.action),
        "account_no": numbers.get(row.account_id or 0, ""),
        "facts": [(name, _fact(value)) for name, value in facts.items()],
    }


def _fact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
