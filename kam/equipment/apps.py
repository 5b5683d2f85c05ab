from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Write the months between tests that nobody has set yet. Safe to repeat."""
    from kam.equipment import actions

    actions.ensure_rules()


class EquipmentConfig(AppConfig):
    name = "kam.equipment"
    label = "equipment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.core.models import AUDIT_LABELS, RULE_LABELS

        AUDIT_LABELS.update(
            {
                "equipment.added": _("equipment noted"),
                "equipment.edited": _("equipment changed"),
                "equipment.tested": _("equipment: test noted"),
                "equipment.removed": _("equipment out of use"),
            }
        )
        RULE_LABELS.update({"equipment.test_months": _("months between two tests of equipment, by kind")})
        post_migrate.connect(after_migrate, sender=self)
