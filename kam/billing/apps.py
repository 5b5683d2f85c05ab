from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

# What of an account's timeline is about money.
MONEY_KINDS = ("bill", "payment.", "penalty.", "plan.", "prepaid.", "acceptance.", "money.", "note.")


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
        from kam.billing.actions.telling import heard
        from kam.billing.queries.asking import reason_against
        from kam.billing.rules import money_texts
        from kam.billing.rules.asking import ASKS, Kind
        from kam.billing.rules.openapi import part
        from kam.core.actions import schedule
        from kam.core.models import AUDIT_LABELS, RULE_LABELS
        from kam.core.rules import Right
        from kam.lib import openapi
        from kam.notifications.actions import hooks
        from kam.notifications.models import GUARDED_KINDS as MESSAGES_GUARDED
        from kam.notifications.rules import first_texts

        openapi.register(part)
        MESSAGES_GUARDED["money."] = Right.MONEY_SEE
        GUARDED_KINDS.update(dict.fromkeys(MONEY_KINDS, Right.MONEY_SEE))
        for kind, texts in money_texts.TEXTS.items():
            first_texts.register(kind, texts, money_texts.EXAMPLES)
            hooks.register_listener(kind, heard)
        for kind in (*ASKS, Kind.PREPAID):
            hooks.register_guard(kind, reason_against)
        schedule("money: remind, watch, warn", "kam.billing.tasks.hourly", minutes=60)

        AUDIT_LABELS.update(
            {
                "bill.issued": _("bill issued"),
                "bill.cancelled": _("bill reversed"),
                "bill.written_off": _("bill written off"),
                "bill.write_off_reversed": _("write-off reversed"),
                "bills.taken_in": _("bills taken in from a file"),
                "payments.taken_in": _("payments taken in from another system"),
                "note.taken": _("credit note taken in"),
                "payment.posted": _("payment posted"),
                "payment.allocated_anew": _("payment allocated anew"),
                "payment.reversed": _("payment reversed"),
                "penalty.charged": _("late-payment penalty charged"),
                "books.closed": _("month closed"),
                "bill.contested": _("bill contested"),
                "bill.dispute_decided": _("contested bill decided"),
                "bill.write_off_proposed": _("write-off proposed"),
                "bill.write_off_refused": _("write-off refused"),
                "plan.stepped": _("payment plan: step"),
                "prepaid.stepped": _("prepaid contract: step"),
                "prepaid.warned": _("prepaid balance: warning"),
                "acceptance.stepped": _("acceptance bill: step"),
                "money.exported": _("list of receivables exported"),
                "money.told": _("customer told about money"),
                "money.received": _("customer has bill or invoice"),
                "bank.taken_in": _("payments taken in from a bank"),
                "bank.set_aside": _("line of a bank set aside"),
            }
        )
        RULE_LABELS.update(
            {
                "penalty.daily": _("late-payment penalty per day, as a share"),
                "penalty.minimum_yuan": _("smallest late-payment penalty of a bill; 0: none"),
                "billing.ageing.buckets": _("days that part the ages of receivables"),
                "billing.due_days": _("last payment day, days after the bill"),
                "billing.asking.hours": _("hours in which customers may be asked for money"),
                "billing.reminder.days": _("reminders, days before the last payment day"),
                "billing.readings.days": _("days of the month on which readings are told"),
                "billing.plan.limits": _("limits of payment plans"),
                "prepaid.warn_days": _("prepaid warnings, days before the balance runs out"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
