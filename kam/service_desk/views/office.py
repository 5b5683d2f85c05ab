"""Behind the desk: promises and how they are kept, mail of unknown senders, canned texts, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.actions import tokens
from kam.core.models import ApiToken, Unit, User
from kam.core.rules import RIGHTS, Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.service_desk.actions import mail as mail_actions
from kam.service_desk.actions import office
from kam.service_desk.forms.office import ClaimForm, FigureForm, PeriodForm, TemplateForm, TokenForm
from kam.service_desk.forms.requests import CannedForm
from kam.service_desk.models import ApplicationTemplate, CannedText, Deadline, MailFile, MailIn, Promise
from kam.service_desk.queries import kept
from kam.service_desk.queries.binding import province


def _period(request: HttpRequest) -> PeriodForm:
    units = access.listed(request, Unit.objects.all(), Right.REQUESTS_SEE).order_by("path")
    today = clock.today()
    usual = {"days_from": today.replace(day=1).isoformat(), "days_until": (today + timedelta(days=1)).isoformat()}
    return PeriodForm({**usual, **{name: value for name, value in request.GET.items() if value}}, units=units)


@require_GET
def promises(request: HttpRequest) -> HttpResponse:
    """What is promised, and how well it is kept in a period."""
    form, now = _period(request), clock.now()
    given = access.listed(request, Deadline.objects.all(), Right.REQUESTS_SEE)
    context: dict[str, Any] = {"section": "promises", "form": form, "now": now}
    if form.is_valid():
        rows = kept.given_in(given, **form.cleaned_data)
        in_force = access.listed(request, Promise.objects.all(), Right.REQUESTS_SEE).in_force(clock.today())  # type: ignore[attr-defined]
        held: dict[str, list[Promise]] = {}
        ours = ["", province(clock.today())]
        for row in in_force.filter(province__in=ours).order_by("code", "province"):
            held.setdefault(row.code, []).append(row)
        context |= {
            "scores": [(score, held.get(score.code, [])) for score in kept.scores_of(rows, now)],
            "query": request.GET.urlencode(),
        }
    return render(request, "service_desk/promises.html", context)


@require_GET
def promise(request: HttpRequest, code: str) -> HttpResponse:
    """The requests behind one number."""
    form, now = _period(request), clock.now()
    known = access.listed(request, Promise.objects.all(), Right.REQUESTS_SEE).filter(code=code)
    access.fetch(request, known, Right.REQUESTS_SEE, code=code)
    given = access.listed(request, Deadline.objects.all(), Right.REQUESTS_SEE)
    context: dict[str, Any] = {"section": "promises", "form": form, "code": code, "now": now}
    context["figures"] = known.order_by("province", "-valid_from")
    if form.is_valid():
        rows = kept.given_in(given, **form.cleaned_data).filter(promise__code=code)
        rows = kept.of_verdict(rows, request.GET.get("verdict", ""), now)
        rows = rows.select_related("request__account", "request__owner", "promise").order_by("-started_at", "-pk")
        context["page"] = page_of(rows, request.GET.get("page"))
    return render(request, "service_desk/promise.html", context)


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Every promise with the figure that holds, those to come, and where to add one."""
    rows = access.listed(request, Promise.objects.all(), Right.RULES_SEE).order_by("code", "province", "-valid_from")
    today = clock.today()
    shown = [row for row in rows[:500] if row.valid_until is None or row.valid_until > today]
    return render(request, "service_desk/figures.html", {"section": "rules", "rows": shown, "today": today})


@require_http_methods(["GET", "POST"])
def figure_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a promise a new figure from a day on."""
    row = access.fetch(request, Promise.objects.all(), Right.RULES_EDIT, pk=pk)
    form = FigureForm(request.POST or None, after=row.valid_from)
    if request.method == "POST" and form.is_valid():
        try:
            office.add_figure(promise=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except office.FigureNotLater:
            form.add_error("valid_from", _("It must begin after the present figure did."))
        else:
            messages.success(request, _("The new figure holds from that day; what was promised keeps its own."))
            return redirect("desk:figures")
    return render(request, "service_desk/figure.html", {"section": "rules", "form": form, "row": row})


@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Steps and documents of each kind of application, as they hold, held and will hold."""
    rows = access.listed(request, ApplicationTemplate.objects.all(), Right.RULES_SEE).order_by("kind", "-valid_from")
    context = {"section": "rules", "rows": rows[:200], "today": clock.today()}
    return render(request, "service_desk/templates.html", context)


@require_http_methods(["GET", "POST"])
def template_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Let other steps and documents hold for a kind of application from a day on."""
    row = access.fetch(request, ApplicationTemplate.objects.all(), Right.DESK_EDIT, pk=pk)
    form = TemplateForm(request.POST or None, template=row)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            office.add_template(
                kind=row.kind,
                steps=form.steps,
                documents=form.documents,
                valid_from=given["valid_from"],
                source=given["source"],
                by=access.staff(request),
                at=clock.now(),
            )
        except office.FigureNotLater:
            form.add_error("valid_from", _("It must begin after the latest one did."))
        else:
            messages.success(request, _("The steps hold from that day; applications under way keep theirs."))
            return redirect("desk:templates")
    return render(request, "service_desk/template.html", {"section": "rules", "form": form, "row": row})


@require_GET
def mail_file(request: HttpRequest, pk: int) -> FileResponse:
    """A file of a mail that waits, only ever as a download."""
    row = access.fetch(request, MailFile.objects.all(), Right.REQUESTS_WORK, pk=pk)
    answered = FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.media_type)
    answered["Content-Security-Policy"] = "sandbox"
    answered["Cache-Control"] = "private, no-store"
    return answered


@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    """Mail of which somebody has to say whose it is, then what became of the rest."""
    rows = access.listed(request, MailIn.objects.select_related("account", "request"), Right.REQUESTS_WORK)
    waiting = rows.filter(status=MailIn.Status.WAITING).order_by("pk")
    context = {
        "section": "requests",
        "waiting": waiting.annotate(kept=Count("files"))[:50],
        "page": page_of(rows.exclude(status=MailIn.Status.WAITING).order_by("-pk"), request.GET.get("page")),
    }
    return render(request, "service_desk/mails.html", context)


@require_http_methods(["GET", "POST"])
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: say whose it is."""
    row = access.fetch(request, MailIn.objects.select_related("account", "request"), Right.REQUESTS_WORK, pk=pk)
    form = ClaimForm(request.POST or None, initial={"kind": "QUESTION"})
    if request.method == "POST" and form.is_valid():
        accounts = access.listed(request, Account.objects.select_related("unit", "manager"), Right.REQUESTS_WORK)
        account = accounts.filter(account_no=form.cleaned_data["account_no"].strip()).first()
        if account is None:
            form.add_error("account_no", _("No account within your reach has this number."))
        else:
            try:
                taken = mail_actions.claim(
                    mail=row, account=account, kind=form.cleaned_data["kind"], by=access.staff(request), at=clock.now()
                )
            except mail_actions.NotWaiting:
                form.add_error(None, _("Somebody has said already whose mail it is."))
            else:
                messages.success(
                    request, _("%(number)s is taken. You stay answerable for it.") % {"number": taken.number}
                )
                return redirect("desk:request", taken.pk)
    files = access.listed(request, MailFile.objects.all(), Right.REQUESTS_WORK).filter(mail=row).order_by("pk")
    context = {"section": "requests", "row": row, "form": form, "files": files}
    return render(request, "service_desk/mail.html", context)


@require_POST
def mail_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a mail away that is nobody's."""
    row = access.fetch(request, MailIn.objects.all(), Right.REQUESTS_WORK, pk=pk)
    try:
        mail_actions.drop(mail=row, by=access.staff(request), at=clock.now())
    except mail_actions.NotWaiting:
        messages.warning(request, _("Somebody has said already whose mail it is."))
    else:
        messages.success(request, _("The mail is thrown away."))
    return redirect("desk:mails")


@require_http_methods(["GET", "POST"])
def canned(request: HttpRequest) -> HttpResponse:
    """Texts that are written often."""
    return _canned(request, None)


@require_http_methods(["GET", "POST"])
def canned_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one of them."""
    return _canned(request, access.fetch(request, CannedText.objects.all(), Right.DESK_EDIT, pk=pk))


def _canned(request: HttpRequest, row: CannedText | None) -> HttpResponse:
    rows = access.listed(request, CannedText.objects.all(), Right.DESK_EDIT).order_by("-active", "kind", "title")
    names = ("title", "kind", "text", "active")
    initial = {name: getattr(row, name) for name in names} if row else {"active": True}
    form = CannedForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            office.save_canned(canned=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except office.TitleTaken:
            form.add_error("title", _("Another text has this title."))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["title"]})
            return redirect("desk:canned")
    context = {"section": "requests", "rows": rows[:200], "form": form, "row": row}
    return render(request, "service_desk/canned.html", context)


@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """Other systems that come in by API; a new token is shown this once."""
    rows = access.listed(request, ApiToken.objects.select_related("by", "acts_for"), Right.TOKENS_EDIT).order_by(
        "revoked_at", "name"
    )
    people = access.listed(request, User.objects.all(), Right.TOKENS_EDIT).filter(
        is_active=True, groups__name__in=[role.value for role, rights in RIGHTS.items() if Right.MONEY_SEE in rights]
    )
    people = people.distinct().order_by("name", "pk")
    form, text = TokenForm(request.POST or None, people=people), ""
    if request.method == "POST" and form.is_valid():
        try:
            _row, text = tokens.make(by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except tokens.NameTaken:
            form.add_error("name", _("Another system has this name."))
        else:
            form = TokenForm(people=people)
    context = {"section": "tokens", "rows": rows[:200], "form": form, "text": text}
    return render(request, "service_desk/tokens.html", context)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token."""
    row = access.fetch(request, ApiToken.objects.all(), Right.TOKENS_EDIT, pk=pk)
    tokens.revoke(token=row, by=access.staff(request), at=clock.now())
    messages.success(request, _("%(name)s can come in no more.") % {"name": row.name})
    return redirect("desk:tokens")
