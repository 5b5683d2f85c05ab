"""The service desk at start: promises and texts, encrypted columns, words of the audit record, its schedule."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Write the promises, rules and texts that nobody has yet. Safe to repeat."""
    from kam.service_desk.actions import basics

    basics.ensure_basics()


class ServiceDeskConfig(AppConfig):
    name = "kam.service_desk"
    label = "service_desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.accounts.actions.team import FOLLOWERS
        from kam.core.actions import schedule, seal
        from kam.core.models import AUDIT_LABELS, RULE_LABELS
        from kam.core.queries import related
        from kam.core.rules import Right
        from kam.credit.queries import warning_signs
        from kam.lib import clock, openapi
        from kam.service_desk.actions.handovers import follow_team
        from kam.service_desk.actions.mail import mail_place
        from kam.service_desk.actions.requests import phone_place
        from kam.service_desk.queries import linking, warning
        from kam.service_desk.rules.openapi import part
        from kam.service_desk.rules.texts import register_texts

        seal("service_desk.Request", "phone_encrypted", phone_place)
        seal("service_desk.MailIn", "from_encrypted", mail_place)
        register_texts()
        related.register(
            "requests", label=_("Requests about it"), right=Right.REQUESTS_SEE, find=linking.requests_about
        )
        linking.register(
            "outage_planning.Outage",
            label=_("outage"),
            right=Right.OUTAGES_SEE,
            url_name="outages:outage",
            rows=linking.outages,
            search=["number", "title"],
            words=lambda row: f"{row.number} {row.title} {clock.day_of(row.starts_at)}",
        )
        linking.register(
            "billing.Bill",
            label=_("bill"),
            right=Right.MONEY_SEE,
            url_name="billing:bill",
            rows=linking.bills,
            search=["number"],
            words=lambda row: f"{row.number} ¥ {row.amount:,.2f} {row.issued_on}",
        )
        linking.register(
            "metering.Meter",
            label=_("meter"),
            right=Right.READINGS_SEE,
            url_name="metering:meter",
            rows=linking.meters,
            search=["meter_no"],
            words=lambda row: row.meter_no,
        )
        openapi.register(part)
        warning_signs.register(
            warning_signs.Sign(
                "CALLS",
                label=_("more calls than usual"),
                find=warning.more_calls,
                words=warning.calls_words,
                url_name="desk:request",
                right=Right.REQUESTS_SEE,
            )
        )
        warning_signs.register(
            warning_signs.Sign(
                "COMPLAINTS",
                label=_("complaints"),
                find=warning.complaints,
                words=warning.complaints_words,
                url_name="desk:request",
                right=Right.REQUESTS_SEE,
            )
        )
        if follow_team not in FOLLOWERS:
            FOLLOWERS.append(follow_team)
        # Every minute: a fault has thirty of them.
        schedule("deadlines of requests", "kam.service_desk.tasks.watch", minutes=1)
        schedule("requests by mail", "kam.service_desk.tasks.fetch_mail", minutes=2)
        AUDIT_LABELS.update(
            {
                "request.taken": _("request taken"),
                "request.assigned": _("request given to an owner"),
                "request.in_hand": _("request taken in hand"),
                "request.noted": _("request: note"),
                "request.answered": _("request answered"),
                "request.reopened": _("request opened again"),
                "request.handover_offered": _("request: handover asked for"),
                "request.handover_decided": _("request: handover accepted or declined"),
                "request.help_asked": _("request: help asked for"),
                "request.followed_team": _("request goes along with the account"),
                "request.helped": _("request: helper's part told"),
                "request.paused": _("request: time stands still"),
                "request.resumed": _("request: time runs on"),
                "request.called_back": _("request: customer called back"),
                "request.link_sent": _("request: page for the customer sent"),
                "request.closed": _("request closed"),
                "request.merged": _("request merged with an earlier one"),
                "request.unmerged": _("request taken out of another"),
                "request.linked": _("request linked to what it is about"),
                "request.unlinked": _("request: link taken off"),
                "request.late": _("request late"),
                "request.file_added": _("request: file added"),
                "request.crew_sent": _("request: crew sent out"),
                "request.crew_there": _("request: crew there"),
                "request.crew_finished": _("request: crew finished"),
                "request.crew_called_off": _("request: crew called off"),
                "crew.edited": _("crew edited"),
                "request.placed": _("request: place noted"),
                "mail.taken_in": _("mail taken in"),
                "mail.claimed": _("mail: said whose it is"),
                "mail.dropped": _("mail thrown away"),
                "token.made": _("token of another system made"),
                "token.revoked": _("token of another system ended"),
                "canned.edited": _("canned text edited"),
                "promise.figure_added": _("promise: new figure"),
                "application.template_added": _("application: other steps from a day on"),
                "application.step": _("application: step done"),
                "application.document_given": _("application: document given"),
                "application.document_judged": _("application: document looked at"),
                "application.survey_proposed": _("application: survey proposed"),
                "application.survey_answered": _("application: customer answered about the survey"),
                "application.surveyed": _("application: survey done"),
                "application.scheme_added": _("application: supply scheme added"),
                "application.scheme_chosen": _("application: supply scheme chosen"),
            }
        )
        RULE_LABELS.update(
            {
                "desk.working_hours": _("working hours of a workday"),
                "desk.warn_share": _("share of a promise's time left at which its owner is warned"),
                "desk.call_back_tries": _("tries to call back before a request closes unheard"),
                "desk.double_hours": _("hours in which a request may be another's double"),
                "desk.warn_calls": _("early warning: calls in so many days, least number, times the usual"),
                "desk.warn_complaints": _("early warning: complaints in so many days, least number"),
                "desk.link_days": _("days that a customer's page about a request is open"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
