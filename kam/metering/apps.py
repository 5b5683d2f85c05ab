from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def after_migrate(**kwargs: Any) -> None:
    """Load the time-of-use tables that are missing. Safe to repeat."""
    from kam.metering.actions import calendars

    calendars.ensure_calendars()


class MeteringConfig(AppConfig):
    name = "kam.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(after_migrate, sender=self)
