"""The service desk at start: promises and texts, encrypted columns, words of the audit record, its schedule."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Write the promises, rules and texts that nobody has yet. Safe to repeat."""
    from kam.service_desk.actions import basics

    basics.ensure_basics()


class ServiceDeskConfig(AppConfig):
    name = "kam.service_desk"
    label = "service_desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.core.actions import schedule, seal
        from kam.core.models import AUDIT_LABELS, RULE_LABELS
        from kam.service_desk.actions.requests import phone_place
        from kam.service_desk.rules.texts import register_texts

        seal("service_desk.Request", "phone_encrypted", phone_place)
        register_texts()
        # Every minute: a fault has thirty of them.
        schedule("deadlines of requests", "kam.service_desk.tasks.watch", minutes=1)
        AUDIT_LABELS.update(
            {
                "request.taken": _("request taken"),
                "request.assigned": _("request given to an owner"),
                "request.in_hand": _("request taken in hand"),
                "request.noted": _("request: note"),
                "request.answered": _("request answered"),
                "request.reopened": _("request opened again"),
                "request.handover_offered": _("request: handover asked for"),
                "request.handover_decided": _("request: handover accepted or declined"),
                "request.help_asked": _("request: help asked for"),
                "request.helped": _("request: helper's part told"),
                "request.paused": _("request: time stands still"),
                "request.resumed": _("request: time runs on"),
                "request.called_back": _("request: customer called back"),
                "request.link_sent": _("request: page for the customer sent"),
                "request.closed": _("request closed"),
                "request.merged": _("request merged with an earlier one"),
                "request.unmerged": _("request taken out of another"),
                "request.late": _("request late"),
                "request.file_added": _("request: file added"),
            }
        )
        RULE_LABELS.update(
            {
                "desk.working_hours": _("working hours of a workday"),
                "desk.warn_share": _("share of a promise's time left at which its owner is warned"),
                "desk.call_back_tries": _("tries to call back before a request closes unheard"),
                "desk.double_hours": _("hours in which a request may be another's double"),
                "desk.link_days": _("days that a customer's page about a request is open"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
