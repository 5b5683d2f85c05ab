from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def after_migrate(**kwargs: Any) -> None:
    """Load the tariffs that are missing. Safe to repeat."""
    from kam.billing import actions

    actions.ensure_tariffs()


class BillingConfig(AppConfig):
    name = "kam.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(after_migrate, sender=self)
