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
        from kam.accounts.models import GUARDED_KINDS
        from kam.accounts.queries import account_list, columns
        from kam.billing.actions.posting import register_money_listener
        from kam.billing.queries.asking import reason_against
        from kam.core.actions import schedule
        from kam.core.models import AUDIT_LABELS, RULE_LABELS
        from kam.core.rules import Right
        from kam.credit.actions.messages import CALL, LETTER, NOTICE
        from kam.credit.actions.supply import call_heard, letter_heard, notice_heard, on_money
        from kam.credit.queries.of_list import chip_of, grade_choices, grade_of, with_grade
        from kam.credit.rules.texts import EXAMPLES, TEXTS
        from kam.notifications.actions import hooks
        from kam.notifications.rules.first_texts import register

        for key, texts in TEXTS.items():
            register(key, texts, EXAMPLES)
        # A notice that supply will be cut passes the guard of every demand: none to who owes nothing, none at night.
        hooks.register_guard(NOTICE, reason_against)
        hooks.register_listener(NOTICE, notice_heard)
        hooks.register_guard(CALL, reason_against)
        hooks.register_listener(CALL, call_heard)
        hooks.register_listener(LETTER, letter_heard)
        register_money_listener(on_money)
        columns.MORE.append(
            columns.Column(
                "credit_grade",
                _("Credit grade"),
                grade_of,
                show=lambda account: grade_of(account) or "–",
                chip=lambda account: chip_of(grade_of(account)),
                right=Right.CREDIT_SEE,
                join="credit_standing",
            )
        )
        account_list.MORE["credit_grade"] = account_list.MoreFilter(
            _("Credit grade"), Right.CREDIT_SEE, grade_choices, with_grade
        )
        schedule("grades of what happened", "kam.credit.tasks.grade_what_happened", minutes=15)
        schedule("cases on the supply", "kam.credit.tasks.watch_supply", minutes=5)
        schedule("credit at night", "kam.credit.tasks.night", minutes=60)
        GUARDED_KINDS["credit."] = Right.CREDIT_SEE

        AUDIT_LABELS.update(
            {
                "credit.graded": _("accounts graded"),
                "credit.fell": _("fall of a grade confirmed"),
                "credit.fall_set_aside": _("fall of a grade set aside"),
                "credit.rose": _("grade rose"),
                "credit.fact_noted": _("conduct noted"),
                "credit.fact_mended": _("conduct put right"),
                "credit.fact_taken_back": _("noted conduct taken back"),
                "credit.override_proposed": _("another grade proposed"),
                "credit.override_approved": _("another grade approved"),
                "credit.override_refused": _("another grade refused"),
                "credit.contested": _("grade contested by the customer"),
                "credit.contest_answered": _("objection to a grade answered"),
                "credit.grade_told": _("grade told to the customer"),
                "credit.measure_proposed": _("measure proposed"),
                "credit.measure_in_force": _("measure put in force"),
                "credit.measure_refused": _("measure refused"),
                "credit.measure_ended": _("measure ended"),
                "credit.supply_step": _("case on the supply: step"),
                "credit.risk_learned": _("risk of late payment learned anew"),
                "credit.tiers_prepared": _("figures of the tiers prepared"),
                "credit.exported": _("grades or tiers exported"),
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
                "credit.cut.call_minutes": _("minutes before supply is cut when the call goes on the call list"),
                "credit.administration": _("who gets a copy of the notice to an important user"),
                "credit.cut.hours": _("hours in which supply may be cut"),
                "credit.cut.not_before_day_off": _("no cut on the day before a day off"),
                "credit.cut.window_hours": _("hours after the time told in which supply may still be cut"),
                "credit.reconnect_hours": _("hours until supply is back once the cause is removed"),
                "credit.confirm_falls": _("a fall of a grade waits for a person"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
