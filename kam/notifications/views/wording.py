"""Texts with their preview, and the robots of work chats."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.notifications import actions, queries
from kam.notifications.forms.wording import RobotForm, TemplateForm
from kam.notifications.models import ChatRobot, MessageTemplate
from kam.notifications.rules.first_texts import examples, places_of
from kam.notifications.rules.texts import BadText, Form, filled, sms_size


@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Every text as it holds today."""
    access.check(request, Right.NOTIFY_SEE)
    lists = [(key, [(row, _size(row)) for row in rows]) for key, rows in queries.text_lists(clock.today())]
    return render(request, "notifications/templates.html", {"lists": lists, "section": "templates"})


def _size(row: MessageTemplate) -> Any:
    return sms_size(_preview(row.text, row.language)) if row.form == Form.SHORT else None


def _preview(text: str, language: str) -> str:
    try:
        return filled(text, examples(language))
    except BadText:
        return text


@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """One text: its preview, its versions, a new version. The preview is of what stands in the form."""
    right = Right.TEMPLATES_EDIT if request.method == "POST" else Right.NOTIFY_SEE
    row = access.fetch(request, MessageTemplate.objects.all(), right, pk=pk)
    held = {"subject": row.subject, "text": row.text, "valid_from": clock.today()}
    form = TemplateForm(request.POST or None, initial=held, key=row.key, form=row.form)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        made = actions.add_version(template=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        text = _("Version %(version)s holds from %(day)s. What was sent keeps its own words.")
        messages.success(request, text % {"version": made.version, "day": made.valid_from.isoformat()})
        return redirect("notifications:template", made.pk)
    text = request.POST.get("text", row.text)
    preview = _preview(text, row.language)
    versions = access.listed(request, MessageTemplate.objects.all(), Right.NOTIFY_SEE)
    context = {
        "row": row,
        "form": form,
        "places": sorted(places_of(row.key)),
        "preview": preview,
        "size": sms_size(preview) if row.form == Form.SHORT else None,
        "versions": versions.filter(key=row.key, language=row.language, form=row.form).order_by("-version"),
        "section": "templates",
    }
    return render(request, "notifications/template.html", context)


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """The robots that messages may be addressed to."""
    rows = access.listed(request, ChatRobot.objects.order_by("name"), Right.ROBOTS_EDIT)
    return render(request, "notifications/robots.html", {"rows": rows, "section": "robots"})


@require_http_methods(["GET", "POST"])
def robot_create(request: HttpRequest) -> HttpResponse:
    """Enter a robot."""
    access.check(request, Right.ROBOTS_EDIT)
    return _robot(request, None)


@require_http_methods(["GET", "POST"])
def robot(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a robot, give it a new address, put it out of use."""
    return _robot(request, access.fetch(request, ChatRobot.objects.all(), Right.ROBOTS_EDIT, pk=pk))


def _robot(request: HttpRequest, row: ChatRobot | None) -> HttpResponse:
    held = {"name": row.name, "active": row.active} if row else {}
    form = RobotForm(request.POST or None, initial=held, known=row is not None)
    if request.method == "POST" and form.is_valid():
        taken = access.listed(request, ChatRobot.objects.all(), Right.ROBOTS_EDIT).filter(
            name=form.cleaned_data["name"]
        )
        if taken.exclude(pk=row.pk if row else 0).exists():
            form.add_error("name", _("Another robot has this name."))
        else:
            actions.save_robot(robot=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
            return redirect("notifications:robots")
    return render(request, "notifications/robot.html", {"form": form, "robot": row, "section": "robots"})
