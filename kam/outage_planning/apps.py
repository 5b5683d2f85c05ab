from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def after_migrate(**kwargs: Any) -> None:
    """Write the rule periods that nobody has yet. Safe to repeat."""
    from kam.outage_planning.actions import periods

    periods.ensure_periods()


class OutagePlanningConfig(AppConfig):
    name = "kam.outage_planning"
    label = "outage_planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(after_migrate, sender=self)
