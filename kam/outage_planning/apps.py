from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Write the rule periods that nobody has yet. Safe to repeat."""
    from kam.outage_planning.actions import periods

    periods.ensure_periods()


TELLING_WORDS = {
    "outage.told": _("customers told about an outage"),
    "outage.acknowledged": _("notice of an outage acknowledged"),
    "outage.consultation": _("consultation about an outage: next step"),
    "outage.answered": _("customer's answer about an outage"),
    "outage.tried": _("try to get an answer about an outage"),
}
# What the audit record says of an outage under way.
EXECUTION_WORDS = {
    "outage.supply_back": _("supply back in a step"),
    "outage.extended": _("outage extended"),
    "outage.news": _("news of an outage told"),
    "outage.told_again": _("customers who could not be told tried again"),
    "outage.called": _("load control called"),
    "outlook.told": _("supply outlook told"),
    "outlook.read": _("supply outlook read by the customer"),
}


class OutagePlanningConfig(AppConfig):
    name = "kam.outage_planning"
    label = "outage_planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.core.actions import schedule
        from kam.core.models import AUDIT_LABELS
        from kam.core.queries import calendar
        from kam.core.rules import Right
        from kam.notifications.actions import register_listener, register_writer
        from kam.outage_planning.actions import notices, portions
        from kam.outage_planning.queries import feeds
        from kam.outage_planning.rules import texts_under_way
        from kam.outage_planning.rules.telling import TEXTS
        from kam.outage_planning.rules.texts import TEXTS as TEXTS_HERE
        from kam.outage_planning.rules.texts import register_texts

        calendar.register_source("outages", label=_("outages"), right=Right.OUTAGES_SEE, events=feeds.outages)
        calendar.register_subject(
            "line", label=_("Outages of"), right=Right.OUTAGES_SEE, name=feeds.line_name, events=feeds.outages_of_line
        )
        register_texts()
        texts_under_way.register_texts()
        for key in {*TEXTS.values(), *TEXTS_HERE, texts_under_way.LIMIT, texts_under_way.NEWS, texts_under_way.LIFTED}:
            register_listener(key, notices.heard)
        register_writer(portions.write_due)
        AUDIT_LABELS.update(EXECUTION_WORDS | TELLING_WORDS)
        schedule("outages to come", "kam.outage_planning.tasks.look_after_plans", minutes=10)
        schedule("outage notices missing", "kam.outage_planning.tasks.sweep_notices", minutes=1)
        schedule("outages under way", "kam.outage_planning.tasks.watch_under_way", minutes=1)
        post_migrate.connect(after_migrate, sender=self)
