"""Words to colleagues about a request, in the app, in their language."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from kam.core.models import User
from kam.notifications.actions.owing import owe
from kam.notifications.rules.addresses import Address
from kam.notifications.rules.states import Channel
from kam.service_desk.models import KIND_LABELS, Request
from kam.service_desk.rules.lifecycle import Kind

# What a colleague is told; the facts are the request's number, kind, customer and what is due.
WORDS = {
    "assigned": _("Request %(number)s (%(kind)s, %(customer)s) is yours now."),
    "handover": _("%(by)s wants to hand request %(number)s (%(customer)s) over to you. Accept or decline it."),
    "handover_accepted": _("Request %(number)s was accepted by %(by)s."),
    "handover_declined": _("Request %(number)s was not accepted by %(by)s; it stays with you."),
    "help": _("%(by)s asks for your help with request %(number)s (%(customer)s)."),
    "helped": _("%(by)s did their part of request %(number)s."),
    "warned": _("Request %(number)s (%(customer)s): %(step)s by %(due)s."),
    "late": _("Request %(number)s (%(customer)s) is late: %(step)s was due %(due)s."),
    "reopened": _("Request %(number)s (%(customer)s) is open again: the customer is not content."),
    "customer_said": _("The customer wrote about request %(number)s (%(customer)s)."),
    "sent_out": _("Your crew is sent to %(number)s (%(customer)s)."),
    "repaired": _("Request %(number)s (%(customer)s): the crew has finished. Answer the customer."),
    "appointment": _("Request %(number)s (%(customer)s): the customer answered about the survey."),
    "scheme": _("Request %(number)s (%(customer)s): the customer chose a supply scheme."),
}


def tell(
    user: User | None, what: str, request: Request, *, by: User | None, at: datetime, key: str, **facts: object
) -> None:
    """Owe `user` a line in the app; nobody, who did it themselves, and who has left are told nothing."""
    if user is None or user == by or not user.is_active:
        return
    with translation.override(user.language):
        text = gettext(WORDS[what]) % {
            "number": request.number,
            "kind": KIND_LABELS[Kind(request.kind)],
            "customer": request.account.name,
            "by": by or "",
            **{name: str(value) for name, value in facts.items()},
        }
    owe(
        key=f"request.{what}:{request.pk}:{key}:{user.pk}",
        kind=f"request.{what}",
        to=[Address(Channel.APP, str(user.pk))],
        language=user.language,
        subject="",
        text=text,
        deadline=None,
        must_prove=False,
        owner_ref=f"service_desk.Request:{request.pk}",
        account_id=request.account_id,
        unit_id=request.account.unit_id,
        manager_id=request.account.manager_id,
        by=by,
        at=at,
    )
