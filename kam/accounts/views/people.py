"""Team and contacts of one account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kam.accounts.actions import contacts, team
from kam.accounts.actions.contacts import ContactChangedMeanwhile
from kam.accounts.forms.people import ContactForm, RevealForm, TeamForm
from kam.accounts.models import Account, Assignment, Contact
from kam.accounts.views.staff import staff_choices
from kam.core import access
from kam.core.actions import RevealRefused
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.typed import whole


@require_http_methods(["GET", "POST"])
def team_page(request: HttpRequest, account_no: str) -> HttpResponse:
    """Who holds the account, who held it, and the next change."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_ASSIGN, account_no=account_no)
    user = access.staff(request)
    now = clock.now()
    form = TeamForm(
        request.POST or None,
        initial={"part": Assignment.Part.MANAGER, "held_from": clock.day_of(now)},
        staff=staff_choices(user),
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            team.assign(
                account=account,
                part=given["part"],
                user=given["user"],
                held_from=given["held_from"],
                by=user,
                at=now,
            )
        except team.SamePerson:
            form.add_error("user", _("This person holds the account already."))
        except team.BeganLater as error:
            form.add_error(
                "held_from",
                _("The present holder began on %(day)s. Take that day or a later one.") % {"day": error.began},
            )
        else:
            messages.success(request, _("The team of %(name)s is changed.") % {"name": account.name})
            return redirect("reports:account", account.account_no)
    history = (
        access.listed(request, Assignment.objects.all(), Right.ACCOUNTS_SEE)
        .filter(account=account)
        .select_related("user")
        .order_by("part", "-held_from", "-pk")[:100]
    )
    context = {"section": "accounts", "account": account, "form": form, "history": history, "today": clock.today()}
    return render(request, "accounts/team.html", context)


@require_http_methods(["GET", "POST"])
def contact_create(request: HttpRequest, account_no: str) -> HttpResponse:
    """Add a person at the customer."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_EDIT, account_no=account_no)
    form = ContactForm(request.POST or None, initial={"language": "zh-hans"})
    if request.method == "POST" and form.is_valid():
        contact = contacts.add(account=account, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("%(name)s is added.") % {"name": contact.name})
        return redirect("reports:account", account.account_no)
    return render(request, "accounts/contact.html", {"section": "accounts", "account": account, "form": form})


@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Edit a contact; phone and mail are replaced, never shown."""
    contact = _contact(request, Right.ACCOUNTS_EDIT, account_no, pk)
    initial = {name: getattr(contact, name) for name in contacts.PLAIN}
    form = ContactForm(request.POST or None, initial=initial, stored=contact)
    version = contact.version
    if request.method == "POST" and form.is_valid():
        posted = request.POST.get("version", "")
        try:
            contacts.edit(
                contact=contact,
                version=whole(posted) or 0,
                fields={name: form.cleaned_data[name] for name in contacts.PLAIN},
                phone=form.replacement("phone"),
                mail=form.replacement("mail"),
                by=access.staff(request),
                at=clock.now(),
            )
        except ContactChangedMeanwhile:
            form.add_error(
                None,
                _("Somebody saved this contact meanwhile: %(now)s. What you typed is below; save again to write it.")
                % {"now": f"{contact.name}, {contact.get_role_display()}"},
            )
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
            return redirect("reports:account", account_no)
    context = {
        "section": "accounts",
        "account": contact.account,
        "form": form,
        "contact": contact,
        "version": version,
    }
    return render(request, "accounts/contact.html", context)


@require_POST
def contact_active(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Let a contact rest or bring it back."""
    contact = _contact(request, Right.ACCOUNTS_EDIT, account_no, pk)
    active = request.POST.get("active") == "1"
    contacts.set_active(contact=contact, active=active, by=access.staff(request), at=clock.now())
    said = _("%(name)s is a contact again.") if active else _("%(name)s is no longer a contact.")
    messages.success(request, said % {"name": contact.name})
    return redirect("reports:account", account_no)


@require_POST
def reveal(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Show one number or address in full, after the reason is on the record."""
    contact = _contact(request, Right.CONTACT_REVEAL, account_no, pk)
    form = RevealForm(request.POST)
    context = {"section": "accounts", "account": contact.account, "contact": contact, "form": form}
    if form.is_valid():
        context["field"] = form.cleaned_data["field"]
        try:
            context["value"] = contacts.reveal(
                contact=contact,
                field=form.cleaned_data["field"],
                reason=form.cleaned_data["reason"],
                by=access.staff(request),
                at=clock.now(),
            )
        except RevealRefused as refused:
            form.add_error(
                None,
                _("You have looked at %(n)s numbers in this hour, the most that is allowed. Ask your supervisor.")
                % {"n": refused.limit},
            )
    return render(request, "accounts/reveal.html", context)


def _contact(request: HttpRequest, right: Right, account_no: str, pk: int) -> Contact:
    contact: Contact = access.fetch(
        request, Contact.objects.select_related("account"), right, pk=pk, account__account_no=account_no
    )
    return contact
