from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Write the quotas and weights that nobody has set yet. Safe to repeat."""
    from kam.visits.actions.figures import ensure_figures

    ensure_figures()


class VisitsConfig(AppConfig):
    name = "kam.visits"
    label = "visits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.core.actions import schedule
        from kam.core.actions.staff import POST_LISTENERS
        from kam.core.models import AUDIT_LABELS, RULE_LABELS
        from kam.core.queries import calendar
        from kam.core.rules import Right
        from kam.notifications.rules.first_texts import register
        from kam.service_desk.queries import linking
        from kam.visits.actions.credits import order_recount
        from kam.visits.queries import feeds
        from kam.visits.queries.of_account import linkable
        from kam.visits.rules.texts import VISIT_EXAMPLES, VISIT_TEXTS

        AUDIT_LABELS.update(
            {
                "visit.planned": _("visit planned"),
                "visit.series_planned": _("series of visits planned"),
                "visit.moved": _("visit moved"),
                "visit.confirmed": _("visit confirmed"),
                "visit.cancelled": _("visit cancelled"),
                "visit.missed": _("visit missed"),
                "visit.logged": _("visit written down"),
                "visit.corrected": _("what was written of a visit put right"),
                "visit.told": _("visit: the customer told"),
                "visit.proposed": _("visit: the customer proposed another time"),
                "visit.arrived": _("visit: arrival noted"),
                "visit.photo_added": _("visit: picture added"),
                "visit.reviewed": _("visit reviewed"),
                "visit.asked_back": _("visit: question back"),
                "visit.replied": _("visit: question answered"),
                "visit.followed_up": _("visit: next step done"),
                "symposium.called": _("symposium called"),
                "symposium.guests_added": _("symposium: guests added"),
                "symposium.invited": _("symposium: account invited"),
                "symposium.answered": _("symposium: invitation answered"),
                "symposium.held": _("symposium held"),
                "symposium.attended": _("symposium: account attended"),
                "symposium.cancelled": _("symposium cancelled"),
                "symposium.file_added": _("symposium: material added"),
            }
        )
        RULE_LABELS.update(
            {
                "visits.quota.manager": _("visits an account manager owes a year and a quarter"),
                "visits.quota.station": _("visits a supply station owes a year and a quarter"),
                "visits.missed_after_days": _("days after which a visit nobody wrote down is missed"),
                "visits.reason.complaint": _("whom to visit next: open complaint"),
                "visits.reason.step": _("whom to visit next: promised step is due"),
                "visits.reason.grade": _("whom to visit next: credit grade fell"),
                "visits.reason.outage": _("whom to visit next: outage ahead"),
                "visits.reason.contract": _("whom to visit next: supply contract ends"),
                "visits.reason.equipment": _("whom to visit next: equipment to be tested"),
                "visits.reason.use": _("whom to visit next: use of energy dropped"),
                "visits.reason.unseen": _("whom to visit next: long unseen"),
                "visits.reason.quota": _("whom to visit next: quota owed"),
                "visits.reason.vip": _("whom to visit next: important customer"),
                "visits.quota.account": _("visits owed to an account a year, by importance; empty: not asked for"),
            }
        )
        if order_recount not in POST_LISTENERS:
            POST_LISTENERS.append(order_recount)
        schedule("visits that were missed", "kam.visits.tasks.miss", minutes=60)
        schedule("weekly digest of visits", "kam.visits.tasks.digest", minutes=60)
        calendar.register_source("visits", label=_("visits"), right=Right.VISITS_SEE, events=feeds.visits)
        linking.register(
            "visits.Visit",
            label=_("visit"),
            right=Right.VISITS_SEE,
            url_name="visits:visit",
            rows=linkable,
            search=["note", "day"],
            words=lambda row: f"{row.day} {row.get_purpose_display()} {row.manager}",
        )
        for key, texts in VISIT_TEXTS.items():
            register(key, texts, VISIT_EXAMPLES)
        post_migrate.connect(after_migrate, sender=self)
