from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Load the tariffs and the rules that are missing. Safe to repeat."""
    from kam.billing import actions
    from kam.billing.actions import rule_values

    actions.ensure_tariffs()
    rule_values.ensure_rules()


class BillingConfig(AppConfig):
    name = "kam.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.accounts.models import GUARDED_KINDS
        from kam.core.models import AUDIT_LABELS, RULE_LABELS
        from kam.core.rules import Right

        GUARDED_KINDS.update(dict.fromkeys(("bill", "payment.", "penalty."), Right.MONEY_SEE))

        AUDIT_LABELS.update(
            {
                "bill.issued": _("bill issued"),
                "bill.cancelled": _("bill reversed"),
                "bill.written_off": _("bill written off"),
                "bill.write_off_reversed": _("write-off reversed"),
                "bills.taken_in": _("bills taken in from a file"),
                "payment.posted": _("payment posted"),
                "payment.allocated_anew": _("payment allocated anew"),
                "payment.reversed": _("payment reversed"),
                "penalty.charged": _("late-payment penalty charged"),
                "books.closed": _("month closed"),
            }
        )
        RULE_LABELS.update(
            {
                "penalty.daily": _("late-payment penalty per day, as a share"),
                "penalty.minimum_yuan": _("smallest late-payment penalty of a bill; 0: none"),
                "billing.ageing.buckets": _("days that part the ages of receivables"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
