"""Credit at start: the periods and schemes that come with it, and what the audit record's codes mean."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Write the periods and schemes that nobody has yet. Safe to repeat."""
    from kam.credit.actions import periods, schemes

    periods.ensure_periods()
    schemes.ensure_schemes()


class CreditConfig(AppConfig):
    name = "kam.credit"
    label = "credit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.core.models import AUDIT_LABELS, RULE_LABELS

        AUDIT_LABELS.update(
            {
                "credit.scheme_drafted": _("grading scheme drafted"),
                "credit.scheme_edited": _("grading scheme edited"),
                "credit.scheme_tried": _("grading scheme tried"),
                "credit.scheme_proposed": _("grading scheme proposed for release"),
                "credit.scheme_released": _("grading scheme released"),
                "credit.scheme_refused": _("grading scheme refused"),
            }
        )
        RULE_LABELS.update(
            {
                "credit.cut.overdue_days": _("days overdue before supply may be cut"),
                "credit.cut.notice_days": _("notice before supply is cut, days by law"),
                "credit.cut.pledge_days": _("notice before supply is cut, days the company promises"),
                "credit.cut.final_minutes": _("minutes before supply is cut when the customer is told once more"),
                "credit.cut.hours": _("hours in which supply may be cut"),
                "credit.cut.not_before_day_off": _("no cut on the day before a day off"),
                "credit.cut.window_hours": _("hours after the time told in which supply may still be cut"),
                "credit.reconnect_hours": _("hours until supply is back once the cause is removed"),
                "credit.confirm_falls": _("a fall of a grade waits for a person"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
