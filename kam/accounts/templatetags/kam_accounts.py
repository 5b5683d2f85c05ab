"""An account's timeline in words, its contacts masked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from kam.accounts.models import WEEKDAYS, Account, Assignment, OutagePreference, TimelineEntry
from kam.accounts.queries.columns import industry_text, voltage_text
from kam.core.templatetags.kam import day

register = template.Library()
register.filter("industry_text", industry_text)
register.filter("voltage", lambda value: "–" if value is None else voltage_text(value))

ICONS = {
    "account": "building-factory-2",
    "team": "users",
    "contact": "address-book",
    "meter": "dashboard",
    "equipment": "tool",
    "tariff": "receipt-yuan",
    "readings": "activity",
    "report": "report-analytics",
    "production": "building-factory",
    "outage": "plug-off",
    "request": "headset",
    "visit": "walk",
    "symposium": "users-group",
    "bill": "file-invoice",
    "bills": "file-invoice",
    "payment": "coin-yuan",
    "penalty": "clock-dollar",
    "plan": "calendar-dollar",
    "prepaid": "wallet",
    "acceptance": "certificate",
    "money": "mail-forward",
    "credit": "award",
}
PLAIN: dict[str, str | Promise] = {
    "account.created": gettext_lazy("Became a key account"),
    "account.imported": gettext_lazy("Taken in from a file"),
    "account.import_undone": gettext_lazy("The import of a file was undone"),
    "contact.added": gettext_lazy("Contact added"),
    "contact.edited": gettext_lazy("Contact changed"),
    "contact.activated": gettext_lazy("Contact brought back"),
    "contact.deactivated": gettext_lazy("Contact is no longer one"),
    "production.preference_noted": gettext_lazy("Noted when an outage hurts"),
    "production.preference_edited": gettext_lazy("Changed when an outage hurts"),
    "production.preference_dropped": gettext_lazy("Hours in which an outage hurts taken off"),
    "production.plan_noted": gettext_lazy("Production plan noted"),
    "production.plan_edited": gettext_lazy("Production plan changed"),
    "production.plan_dropped": gettext_lazy("Production plan taken off"),
    "outage.consulting": gettext_lazy("Consultation about an outage began"),
    "outage.agreed": gettext_lazy("Outage agreed"),
    "outage.announced": gettext_lazy("Outage announced"),
    "outage.under_way": gettext_lazy("Outage under way"),
    "outage.restored": gettext_lazy("Supply restored"),
    "outage.closed": gettext_lazy("Outage closed"),
    "outage.cancelled": gettext_lazy("Outage cancelled"),
    "outage.time_moved": gettext_lazy("Outage moved"),
    "outage.supply_back": gettext_lazy("Supply is back"),
    "outage.extended": gettext_lazy("Outage takes longer"),
    "outage.news": gettext_lazy("Told how the repair goes"),
    "outlook.told": gettext_lazy("Supply outlook told"),
    "outlook.read": gettext_lazy("Supply outlook read by the customer"),
    "request.taken": gettext_lazy("Request taken"),
    "request.answered": gettext_lazy("Request answered"),
    "request.reopened": gettext_lazy("Request opened again"),
    "request.closed": gettext_lazy("Request closed, the customer was heard"),
    "request.merged": gettext_lazy("Request merged with an earlier one"),
    "request.unmerged": gettext_lazy("Request taken out of another"),
    "equipment.added": gettext_lazy("Equipment noted"),
    "equipment.edited": gettext_lazy("Equipment changed"),
    "equipment.tested": gettext_lazy("Equipment tested"),
    "equipment.removed": gettext_lazy("Equipment out of use"),
    "request.linked": gettext_lazy("Request linked to what it is about"),
    "request.unlinked": gettext_lazy("Request no longer linked"),
    "credit.rose": gettext_lazy("Credit grade rose"),
    "credit.fell": gettext_lazy("Credit grade fell"),
    "credit.fall_proposed": gettext_lazy("Credit grade would fall, to be confirmed"),
    "credit.fall_set_aside": gettext_lazy("Fall of the credit grade set aside"),
    "credit.fact_noted": gettext_lazy("Conduct noted"),
    "credit.fact_mended": gettext_lazy("Conduct put right"),
    "credit.fact_taken_back": gettext_lazy("Noted conduct taken back"),
    "credit.override_proposed": gettext_lazy("Another credit grade proposed"),
    "credit.override_approved": gettext_lazy("Another credit grade approved"),
    "credit.override_refused": gettext_lazy("Another credit grade refused"),
    "credit.contested": gettext_lazy("The customer objects to its credit grade"),
    "credit.contest_answered": gettext_lazy("Objection to the credit grade answered"),
    "credit.grade_told": gettext_lazy("Credit grade told to the customer"),
    "credit.measure_proposed": gettext_lazy("Measure proposed"),
    "credit.measure_in_force": gettext_lazy("Measure in force"),
    "credit.measure_refused": gettext_lazy("Measure refused"),
    "credit.measure_ended": gettext_lazy("Measure ended"),
    "report.written": gettext_lazy("Energy report written"),
    "report.reviewed": gettext_lazy("Energy report reviewed"),
    "report.sent": gettext_lazy("Energy report sent"),
    "report.read": gettext_lazy("Energy report read by the customer"),
}
# Steps of kam.credit's cases on the supply; it stands above and hands down no words.
SUPPLY = {
    "OPENED": gettext_lazy("opened"),
    "DEMANDED": gettext_lazy("payment demanded"),
    "SUBMITTED": gettext_lazy("waits for approval"),
    "APPROVED": gettext_lazy("approved"),
    "NOTICED": gettext_lazy("notice given"),
    "REPORTED": gettext_lazy("reported to the administration"),
    "WARNED": gettext_lazy("told once more"),
    "CUT": gettext_lazy("cut"),
    "CLEARED": gettext_lazy("cause removed, to be reconnected"),
    "RECONNECTED": gettext_lazy("reconnected"),
    "STOPPED": gettext_lazy("stopped"),
    "REFUSED": pgettext_lazy("of an approval", "refused"),
}
# Codes of kam.outage_planning's notices, answers and tries; it stands above and hands down no words.
TOLD = {
    "ANNOUNCE": gettext_lazy("told when supply goes off"),
    "MOVE": gettext_lazy("told of the new time"),
    "POSTPONE": gettext_lazy("told that the time no longer holds"),
    "CANCEL": gettext_lazy("told that it is cancelled"),
    "EXTEND": gettext_lazy("told that it takes longer"),
    "ALL_CLEAR": gettext_lazy("told that supply is back"),
    "FAULT": gettext_lazy("told about the fault"),
    "STAGGER": gettext_lazy("told to reduce its load"),
    "LIMIT": gettext_lazy("told about the power limit"),
    "OUTLOOK": gettext_lazy("told the supply outlook"),
    "AGREE": gettext_lazy("the customer agrees"),
    "OTHER": gettext_lazy("the customer proposes other times"),
    "OBJECT": gettext_lazy("the customer objects"),
    "NOT_REACHED": gettext_lazy("tried for an answer, nobody reached"),
    "NO_DECISION": gettext_lazy("tried for an answer, the customer cannot say yet"),
    "REFUSED": gettext_lazy("tried for an answer, the customer wants to say nothing"),
    "LINK": gettext_lazy("notice acknowledged by link"),
    "PHONE": gettext_lazy("notice acknowledged by telephone"),
    "PAPER": gettext_lazy("notice acknowledged on paper"),
    "ASKED": gettext_lazy("asked whether the time suits"),
    "REMINDED": gettext_lazy("reminded of the answer"),
    "SETTLED": gettext_lazy("answer settled by the planner"),
    "SILENT": gettext_lazy("no answer, documented as tried in vain"),
    "CARRIED": gettext_lazy("the new time lies within what the customer agreed to"),
    "NOT_ASKED": gettext_lazy("no longer asked"),
}
MONEY: dict[str, str | Promise] = {
    "bill.issued": gettext_lazy("Bill %(number)s: ¥ %(amount)s"),
    "bill.cancelled": gettext_lazy("Bill %(number)s of ¥ %(amount)s reversed"),
    "bill.written_off": gettext_lazy("¥ %(amount)s of bill %(number)s written off"),
    "bill.write_off_reversed": gettext_lazy("¥ %(amount)s of bill %(number)s claimed again"),
    "bills.taken_in": gettext_lazy("Bills taken in from a file"),
    "note.taken": gettext_lazy("Credit note %(number)s: ¥ %(amount)s"),
    "payment.posted": gettext_lazy("Paid: ¥ %(amount)s"),
    "payment.allocated_anew": gettext_lazy("Payment of ¥ %(amount)s allocated anew"),
    "payment.reversed": gettext_lazy("Payment of ¥ %(amount)s reversed"),
    "penalty.charged": gettext_lazy("Late-payment penalty: ¥ %(amount)s"),
    "bill.contested": gettext_lazy("¥ %(amount)s of bill %(number)s contested"),
    "bill.dispute_decided": gettext_lazy("Decided: what was contested of bill %(number)s"),
    "bill.write_off_proposed": gettext_lazy("Proposed to write off ¥ %(amount)s of bill %(number)s"),
    "bill.write_off_refused": gettext_lazy("¥ %(amount)s of bill %(number)s is not written off"),
    "plan.stepped": gettext_lazy("Payment plan of ¥ %(amount)s: %(status)s"),
    "prepaid.stepped": gettext_lazy("Prepaid contract %(number)s: %(status)s"),
    "prepaid.warned": gettext_lazy("Prepaid balance ¥ %(amount)s: warned"),
    "acceptance.stepped": gettext_lazy("Acceptance bill %(number)s of ¥ %(amount)s: %(status)s"),
    "money.told": gettext_lazy("Told: %(what)s"),
    "money.received": gettext_lazy("The customer says that it has: %(what)s"),
}
# What the codes in the facts of money mean.
MONEY_WORDS: dict[str, str | Promise] = {
    "PROPOSED": gettext_lazy("proposed"),
    "ACTIVE": gettext_lazy("in force"),
    "KEPT": gettext_lazy("kept"),
    "BROKEN": gettext_lazy("broken"),
    "REFUSED": gettext_lazy("not approved"),
    "ENDED": gettext_lazy("ended"),
    "RUNNING": gettext_lazy("in operation"),
    "LIMIT_PROPOSED": gettext_lazy("limit proposed"),
    "LIMITED": gettext_lazy("limited"),
    "FIRST": gettext_lazy("first warning"),
    "SECOND": gettext_lazy("second warning"),
    "LAST": gettext_lazy("last warning"),
    "OUT": gettext_lazy("nothing left"),
    "REGISTERED": gettext_lazy("registered"),
    "HELD": gettext_lazy("held"),
    "DISCOUNTED": gettext_lazy("discounted"),
    "PAID": gettext_lazy("paid"),
    "DISHONOURED": gettext_lazy("dishonoured"),
    "RETURNED": gettext_lazy("returned"),
    "money.reading": gettext_lazy("reading told"),
    "money.bill": gettext_lazy("bill notice"),
    "money.invoice": gettext_lazy("invoice"),
    "money.reminder": gettext_lazy("reminder"),
    "money.demand": gettext_lazy("demand for payment"),
    "money.plan": gettext_lazy("instalment reminder"),
    "money.prepaid": gettext_lazy("balance warning"),
    "money.dishonour": gettext_lazy("dishonoured bill told"),
}
PARTS = dict(Assignment.Part.choices)


@register.filter
def preference_words(row: OutagePreference) -> str:
    """Say which hours of which days are meant: Mon, Tue 08:00–18:00, 3 July to 9 July."""
    names = dict(WEEKDAYS)
    days = _(", ").join(str(names[number]) for number in row.weekdays) or _("every day")
    hours = "–".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (row.from_minute, row.until_minute))
    parts = [days, _("all day") if (row.from_minute, row.until_minute) == (0, 1440) else hours]
    if row.days_from:
        parts.append(_("from %(day)s") % {"day": day(row.days_from)})
    if row.days_until:
        parts.append(_("before %(day)s") % {"day": day(row.days_until)})
    return " ".join(parts)


@register.filter
def entry_icon(entry: TimelineEntry) -> str:
    """Return the icon of a timeline entry's subject."""
    return ICONS.get(entry.kind.partition(".")[0], "point")


@register.simple_tag
def entry_words(entry: TimelineEntry, names: Mapping[int, str]) -> str:
    """Say what happened in the reader's language; `names` holds the staff that facts point at."""
    facts = entry.facts
    if entry.kind in PLAIN:
        return f"{PLAIN[entry.kind]}{_grades(facts) if entry.kind.startswith('credit.') else _detail(facts)}"
    if entry.kind == "credit.supply_step":
        return _("Case on the supply: %(step)s") % {"step": SUPPLY.get(facts.get("to", ""), "")}
    if entry.kind in MONEY:
        amount = Decimal(str(facts.get("amount") or 0))
        codes = {name: str(MONEY_WORDS.get(facts.get(name, ""), "")) for name in ("status", "what")}
        return str(MONEY[entry.kind]) % {"number": facts.get("number", ""), "amount": f"{amount:,.2f}", **codes}
    if entry.kind == "account.edited":
        fields = _(", ").join(_field(name) for name in facts.get("fields", []) or facts.get("changes", {}))
        return _("Changed: %(fields)s") % {"fields": fields}
    if entry.kind in ("team.assigned", "team.handed_over"):
        return _("%(part)s: %(before)s → %(to)s, from %(day)s") % {
            "part": PARTS.get(facts.get("part", ""), ""),
            "before": names.get(facts.get("before"), _("nobody")),
            "to": names.get(facts.get("to"), _("nobody")),
            "day": _day(facts.get("held_from")),
        }
    if entry.kind.startswith(("visit.", "symposium.")):
        return _visit_words(entry.kind, facts)
    if entry.kind.startswith("outage.") and facts.get("what") in TOLD:
        return _("Outage %(number)s: %(what)s") % {"number": facts.get("number", ""), "what": TOLD[facts["what"]]}
    if entry.kind == "meter.added":
        return _("Meter %(no)s added") % {"no": facts.get("meter_no", "")}
    if entry.kind == "tariff.assigned":
        return _("Tariff %(code)s from %(day)s") % {
            "code": facts.get("code", ""),
            "day": _day(facts.get("valid_from")),
        }
    if entry.kind == "readings.taken_in":
        if facts.get("intervals"):
            n = int(facts["intervals"])
            return ngettext("%(n)s load reading taken in", "%(n)s load readings taken in", n) % {"n": f"{n:,}"}
        return _("Load readings taken in%(period)s") % {"period": _detail(facts)}
    return entry.kind


VISITS: dict[str, str | Promise] = {
    "visit.planned": gettext_lazy("Visit planned for %(day)s"),
    "visit.series_planned": gettext_lazy("Series of %(n)s visits planned"),
    "visit.confirmed": gettext_lazy("The time of a visit suits the customer"),
    "visit.moved": gettext_lazy("Visit moved from %(before)s to %(after)s"),
    "visit.cancelled": gettext_lazy("Visit of %(day)s cancelled: %(reason)s"),
    "visit.missed": gettext_lazy("Visit of %(day)s was not made"),
    "visit.logged": gettext_lazy("Visited on %(day)s"),
    "symposium.invited": gettext_lazy("Invited to the symposium of %(day)s, %(title)s"),
    "symposium.attended": gettext_lazy("Came to the symposium of %(day)s, %(title)s"),
    "visit.proposed": gettext_lazy("The customer proposes another time for the visit of %(day)s"),
    "visit.followed_up": gettext_lazy("Next step after the visit of %(day)s done"),
}


def _visit_words(kind: str, facts: Mapping[str, Any]) -> str:
    days = {name: _day(facts[name]) for name in ("day", "before", "after") if name in facts}
    words = str(VISITS.get(kind, kind)) % {"n": "", "reason": "", **facts, **days}
    rating = facts.get("satisfaction")
    return words + (_(", satisfaction %(n)s of 5") % {"n": rating} if rating else "")


def _grades(facts: Mapping[str, Any]) -> str:
    grades = [str(facts[key]) for key in ("before", "to") if facts.get(key)]
    return _(": %(text)s") % {"text": " → ".join(grades)} if grades else ""


def _detail(facts: Mapping[str, Any]) -> str:
    thing = _(": %(text)s") % {"text": facts["thing"]} if facts.get("thing") else ""
    if facts.get("request_kind"):
        return f" {facts.get('number', '')}{thing}"
    if thing:
        return thing
    if facts.get("from") and facts.get("until"):
        last = date.fromisoformat(str(facts["until"])[:10]) - timedelta(days=1)
        return _(": %(from)s to %(until)s") % {"from": _day(facts["from"]), "until": day(last)}
    return ""


def _field(name: str) -> str:
    return str(getattr(Account._meta.get_field(name), "verbose_name", name))


def _day(text: Any) -> str:
    try:
        return day(date.fromisoformat(str(text)[:10]))
    except ValueError:
        return "–"
