from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def after_migrate(**kwargs: Any) -> None:
    """Make what the product cannot do without: role groups, the company, the audit head. Safe to repeat."""
    from kam.core import actions

    actions.ensure_basics()


class CoreConfig(AppConfig):
    name = "kam.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(after_migrate, sender=self)
