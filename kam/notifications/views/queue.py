"""The queue and one message with its history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.access import exports
from kam.core.queries import account_id_of, account_numbers
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.pages import page_of
from kam.notifications import actions, queries
from kam.notifications.forms.lists import QueueFilter
from kam.notifications.forms.people import OtherWayForm, PaperForm, ReasonForm
from kam.notifications.models import Delivery, Message, OfMessageQuerySet, Proof
from kam.notifications.rules.states import Channel, DeliveryState, MessageState

STUCK = Q(status__in=[DeliveryState.FAILED, DeliveryState.DEAD], message__status=MessageState.OPEN)
UNDER_WAY = Q(status__in=[DeliveryState.PENDING, DeliveryState.UNKNOWN])


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What is under way, what is stuck, how near the deadlines are; with an account number, its whole log."""
    form = QueueFilter(request.GET)
    page = page_of(_filtered(request, form), request.GET.get("page"))
    numbers = account_numbers(row.message.account_id for row in page.rows if row.message.account_id)
    now = clock.now()
    context = {
        "form": form,
        "page": page,
        "numbers": numbers,
        "figures": queries.queue_figures(user=access.staff(request), at=now),
        "now": now,
        "section": "messages",
    }
    return render(request, "notifications/queue.html", context)


def _filtered(request: HttpRequest, form: QueueFilter) -> OfMessageQuerySet:
    rows: Any = access.listed(request, Delivery.objects.select_related("message"), Right.NOTIFY_SEE)
    form.is_valid()
    wanted = form.cleaned_data
    number = (wanted.get("account") or "").strip()
    if number:
        rows = rows.filter(message__account_id=account_id_of(number) or -1)
    if wanted.get("channel"):
        rows = rows.filter(channel=wanted["channel"])
    status = wanted.get("status") or ("ALL" if number else "")
    if status not in ("", "ALL"):
        rows = rows.filter(status=status)
    elif not status:
        return rows.filter(STUCK | UNDER_WAY).order_by("deadline", "pk")  # type: ignore[no-any-return]
    return rows.order_by("-message_id", "place")  # type: ignore[no-any-return]


@require_POST
def queue_export(request: HttpRequest) -> FileResponse:
    """The deliveries as filtered, with what became of each, as a file: the proof of who was told when."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    columns = [
        sheets.Column("account_no", _("Account number")),
        sheets.Column("subject", _("Message")),
        sheets.Column("channel", _("Channel")),
        sheets.Column("address", _("To")),
        sheets.Column("status", _("Status")),
        sheets.Column("deadline", _("Deadline"), "datetime"),
        sheets.Column("sent_at", pgettext("of a message", "Sent"), "datetime"),
        sheets.Column("delivered_at", _("Delivered"), "datetime"),
        sheets.Column("attempts", _("Attempts"), "integer"),
        sheets.Column("reference", _("Reference at the gateway")),
    ]
    rows = list(_filtered(request, QueueFilter(request.GET))[: exports.MOST])
    numbers = account_numbers(row.message.account_id for row in rows if row.message.account_id)
    shown = (_exported(row, numbers.get(row.message.account_id or 0, "")) for row in rows)
    return exports.answer(request, name="messages", columns=columns, rows=shown)


def _exported(row: Delivery, number: str) -> list[Any]:
    times = [exports.shown_time(at) for at in (row.deadline, row.sent_at, row.delivered_at)]
    facts = [
        number,
        row.message.subject or row.message.text[:60],
        row.get_channel_display(),
        row.address_hint,
        row.get_status_display(),
    ]
    return [*facts, *times, row.attempts, row.gateway_message_id]


@require_GET
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: its text, each way to the person, every step, the proof."""
    row = access.fetch(request, Message.objects.select_related("by"), Right.NOTIFY_SEE, pk=pk)
    return _page(request, row)


def _page(request: HttpRequest, row: Message, **forms: Any) -> HttpResponse:
    deliveries = list(row.deliveries.order_by("place"))
    for delivery in deliveries:
        delivery.message = row
    spent = (DeliveryState.FAILED, DeliveryState.DEAD)
    context = {
        "message": row,
        "account_no": account_numbers([row.account_id]).get(row.account_id) if row.account_id else "",
        "deliveries": deliveries,
        "retried": {one.pk for one in deliveries if _can_retry(one, spent)},
        "moves": row.moves.select_related("by", "delivery").order_by("at", "pk")[:500],
        "tasks": row.tasks.prefetch_related("tries__by").order_by("pk"),
        "proofs": row.proofs.order_by("pk"),
        "files": row.files.defer("content_encrypted").order_by("pk"),
        "closed": row.status in (MessageState.PROVEN, MessageState.WITHDRAWN),
        "can_withdraw": row.status == MessageState.OPEN
        and not any(one.sent_at and not one.by_hand for one in deliveries),
        "reason_form": ReasonForm(),
        "other_form": OtherWayForm(auto_id="id_other_%s"),
        "paper_form": PaperForm(auto_id="id_paper_%s"),
        "now": clock.now(),
        "section": "messages",
        **forms,
    }
    return render(request, "notifications/message.html", context)


def _can_retry(delivery: Delivery, spent: tuple[str, ...]) -> bool:
    waits = delivery.status == DeliveryState.PENDING and delivery.attempts > 0
    return not delivery.by_hand and (delivery.status in spent or waits)


def _act(request: HttpRequest, pk: int) -> Message:
    row: Message = access.fetch(request, Message.objects.select_related("by"), Right.NOTIFY_ACT, pk=pk)
    return row


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try one delivery again at once."""
    delivery = access.fetch(request, Delivery.objects.select_related("message"), Right.NOTIFY_ACT, pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            actions.retry(delivery=delivery, reason=reason, by=access.staff(request), at=clock.now())
        except actions.MessageClosed:
            form.add_error(None, _closed_text())
        except actions.CannotRetry:
            form.add_error(None, _("This is on its way already. Wait for its answer."))
        else:
            messages.success(request, _("It goes out again within seconds."))
            return redirect("notifications:message", delivery.message_id)
    return _page(request, delivery.message, reason_form=form)


@require_POST
def to_call_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person call now."""
    row, form = _act(request, pk), ReasonForm(request.POST)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            actions.hand_to_call_list(message=row, reason=reason, by=access.staff(request), at=clock.now())
        except actions.MessageClosed:
            form.add_error(None, _closed_text())
        else:
            messages.success(request, _("It is on the call list within seconds."))
            return redirect("notifications:message", pk)
    return _page(request, row, reason_form=form)


@require_POST
def other_way(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it by another way as well."""
    row, form = _act(request, pk), OtherWayForm(request.POST, auto_id="id_other_%s")
    if form.is_valid():
        given = form.cleaned_data
        to = actions.Address(Channel(given["channel"]), given["address"])
        try:
            actions.resend_other_channel(
                message=row, to=to, reason=given["reason"], by=access.staff(request), at=clock.now()
            )
        except actions.MessageClosed:
            form.add_error(None, _closed_text())
        else:
            messages.success(request, _("It goes out that way within seconds."))
            return redirect("notifications:message", pk)
    return _page(request, row, other_form=form)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a message back that has not left."""
    row, form = _act(request, pk), ReasonForm(request.POST)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            actions.withdraw(key=row.key, reason=reason, by=access.staff(request), at=clock.now())
        except actions.AlreadyLeft:
            form.add_error(
                None, _("It has left already and cannot be taken back. Send another message that corrects it.")
            )
        else:
            messages.success(request, _("The message is withdrawn. Nobody gets it."))
            return redirect("notifications:message", pk)
    return _page(request, row, reason_form=form)


@require_POST
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in the photo of a signed paper notice."""
    row, form = _act(request, pk), PaperForm(request.POST, request.FILES, auto_id="id_paper_%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.accept_paper(
                message=row,
                photo=given["photo"].file,
                signed_by=given["signed_by"],
                signed_at=given["signed_at"],
                by=access.staff(request),
                at=clock.now(),
            )
        except actions.NotAPhoto:
            form.add_error("photo", _("This is no photo that can be read. Take a JPEG or PNG of at most 15 MB."))
        except actions.MessageClosed:
            form.add_error(None, _closed_text())
        else:
            messages.success(request, _("The signed receipt is proof from now on."))
            return redirect("notifications:message", pk)
    return _page(request, row, paper_form=form)


def _closed_text() -> str:
    return _("This message is closed: it has been proven or withdrawn. Nothing is left to do.")


@require_GET
def proof(request: HttpRequest, pk: int) -> FileResponse:
    """The photo of a signed receipt, as a download."""
    row = access.fetch(request, Proof.objects.all(), Right.NOTIFY_SEE, pk=pk)
    answer = FileResponse(
        row.file.open("rb"), as_attachment=True, filename=f"receipt-{pk}.jpg", content_type="image/jpeg"
    )
    answer["Content-Security-Policy"] = "sandbox"
    return answer
