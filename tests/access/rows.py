"""The rows that the table's addresses take: for each word of its column `of`, own, other and absent arguments.

A function makes what it needs for the cast and returns (own, other, absent), three dicts of URL arguments, or four:
the last mixes own parent and other child, and must be 404 for everybody.
"""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kam.accounts.models import Account, AccountGroup, Contact, OutagePreference, ProductionPlan
from kam.core.models import Absence, CalendarFeed, IntakeBatch, Job, SavedView
from kam.equipment.models import Equipment
from kam.metering.models import LoadDay
from kam.network.models import Line, Substation, SupplyPoint
from kam.outage_planning.models import Outage, OutageOverride, Outlook, OutlookReader, ProtectedPeriod
from kam.reports.models import EnergyReport, ReportBatch
from kam.reports.queries.energy import energy_figures
from kam.visits.models import Photo, Symposium, SymposiumFile, SymposiumGuest, Visit
from tests.access import credit, desk, messages, money, telling
from tests.cast import NOW, Cast, make_meter
from tests.reports.readings import store_plain
from tests.visits.making import planned

Kwargs = dict[str, Any]
Makes = Callable[[Cast], tuple[Kwargs, ...]]


def account(cast: Cast) -> tuple[Kwargs, ...]:
    return (
        {"account_no": cast.account.account_no},
        {"account_no": cast.other_account.account_no},
        {"account_no": "NO-SUCH-ACCOUNT"},
    )


def user(cast: Cast) -> tuple[Kwargs, ...]:
    return {"pk": cast.chen.pk}, {"pk": cast.zhao.pk}, {"pk": 10**9}


def unit(cast: Cast) -> tuple[Kwargs, ...]:
    return {"pk": cast.station.pk}, {"pk": cast.other_station.pk}, {"pk": 10**9}


def absence(cast: Cast) -> tuple[Kwargs, ...]:
    days = {"absent_from": date(2026, 12, 1), "absent_until": date(2026, 12, 5)}
    own = Absence.objects.create(user=cast.li, deputy=cast.wang, **days)
    other = Absence.objects.create(user=cast.zhao, deputy=cast.boss, **days)
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def rule(cast: Cast) -> tuple[Kwargs, ...]:
    return {"key": "reveal.per_hour"}, {"key": "reports.carbon.region"}, {"key": "no.such.rule"}


def job(cast: Cast) -> tuple[Kwargs, ...]:
    own = Job.objects.create(key="own", kind="kam.core.tasks.canary", by=cast.li, created_at=NOW)
    other = Job.objects.create(key="other", kind="kam.core.tasks.canary", by=cast.zhao, created_at=NOW)
    return {"job_id": own.pk}, {"job_id": other.pk}, {"job_id": 10**9}


def feed(cast: Cast) -> tuple[Kwargs, ...]:
    own = CalendarFeed.objects.create(owner=cast.li, token_hash="own", made_at=NOW)
    other = CalendarFeed.objects.create(owner=cast.zhao, token_hash="other", made_at=NOW)
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def substation(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        Substation.objects.create(code=code, name=code, unit=unit, voltage_kv=110)
        for code, unit in (("B1", cast.station), ("B2", cast.other_station))
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def line(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        Line.objects.create(code=code, name=code, unit=unit, voltage_kv=10)
        for code, unit in (("L1", cast.station), ("L2", cast.other_station))
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def point(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        SupplyPoint.objects.create(account=account, name="1") for account in (cast.account, cast.other_account)
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def batch(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        IntakeBatch.objects.create(
            kind=IntakeBatch.Kind.READINGS, by=by, at=NOW, file_name="a.csv", file=ContentFile(b"a", "a"), sha256="0"
        )
        for by in (cast.li, cast.zhao)
    )
    return {"batch_id": own.pk}, {"batch_id": other.pk}, {"batch_id": 10**9}


def meter(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (make_meter(account) for account in (cast.account, cast.other_account))
    return {"meter_id": own.pk}, {"meter_id": other.pk}, {"meter_id": 10**9}


def meter_day(cast: Cast) -> tuple[Kwargs, ...]:
    own, other, absent = meter(cast)
    for kwargs in (own, other):
        LoadDay.objects.create(**kwargs, day=date(2026, 3, 1), kwh=bytes(384), quality=bytes(96))
    return tuple(kwargs | {"day": "2026-03-01"} for kwargs in (own, other, absent))


def calendar(cast: Cast) -> tuple[Kwargs, ...]:
    return {"code": "GD"}, {"code": "JS"}, {"code": "NO-SUCH"}


def tariff(cast: Cast) -> tuple[Kwargs, ...]:
    return {"code": "GD-10"}, {"code": "JS-10"}, {"code": "NO-SUCH"}


def equipment(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        Equipment.objects.create(account=one, kind="TRANSFORMER", name="1号变")
        for one in (cast.account, cast.other_account)
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def report(cast: Cast) -> tuple[Kwargs, ...]:
    period = {"period_from": date(2026, 3, 1), "period_until": date(2026, 3, 4)}
    found = []
    for account in (cast.account, cast.other_account):
        store_plain(make_meter(account, meter_no=f"R{account.account_no}"), date(2026, 3, 1), 3)
        figures = energy_figures(account, **period).as_json()
        row = EnergyReport.objects.create(account=account, status="DRAFT", figures=figures, at=NOW, **period)
        row.pdf.save("access.pdf", ContentFile(b"%PDF-1.7"))
        found.append({"report_id": row.pk})
    return (*found, {"report_id": 10**9})


def report_batch(cast: Cast) -> tuple[Kwargs, ...]:
    period = {"period_from": date(2026, 3, 1), "period_until": date(2026, 4, 1), "language": "en", "at": NOW}
    own = ReportBatch.objects.create(unit=cast.station, by=cast.boss, **period)
    other = ReportBatch.objects.create(unit=cast.other_station, by=cast.boss, **period)
    return {"batch_id": own.pk}, {"batch_id": other.pk}, {"batch_id": 10**9}


def saved_view(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        SavedView.objects.create(user=who, page="accounts", name="mine", query="q=1") for who in (cast.li, cast.zhao)
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def export(cast: Cast) -> tuple[Kwargs, ...]:
    found = []
    for who in (cast.li, cast.zhao):
        name = default_storage.save("exports/access.csv", ContentFile(b"a"))
        facts = {"kind": "kam.accounts.tasks.export", "args": {"kind": "csv"}, "result": {"file": name}}
        job = Job.objects.create(key=f"export-{who}", by=who, status="DONE", created_at=NOW, **facts)
        found.append({"job_id": job.pk})
    return (*found, {"job_id": 10**9})


def contact(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        {"account_no": account.account_no, "pk": Contact.objects.create(account=account, name="联系人").pk}
        for account in (cast.account, cast.other_account)
    )
    mixed = {"account_no": own["account_no"], "pk": other["pk"]}
    return own, other, {"account_no": own["account_no"], "pk": 10**9}, mixed


def sent_file(cast: Cast) -> tuple[Kwargs, ...]:
    """A file of accounts; Sun sent one, and Zhao, who may not, another."""
    own, other = (
        IntakeBatch.objects.create(
            kind=IntakeBatch.Kind.ACCOUNTS,
            by=by,
            at=NOW,
            file_name="a.csv",
            file=ContentFile(b"account_no\n1\n", "a.csv"),
            rejects_file=ContentFile(b"account_no\n", "r.csv"),
            sha256=by.username,
        )
        for by in (cast.sun, cast.zhao)
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def sent_network(cast: Cast) -> tuple[Kwargs, ...]:
    """A file of the network; the planner sent one, and Zhao, who may not, another."""
    own, other = (
        IntakeBatch.objects.create(
            kind=IntakeBatch.Kind.NETWORK,
            by=by,
            at=NOW,
            file_name="n.csv",
            file=ContentFile(b"kind\nline\n", "n.csv"),
            rejects_file=ContentFile(b"kind\n", "r.csv"),
            sha256=by.username,
        )
        for by in (cast.planner, cast.zhao)
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def network_rejects(cast: Cast) -> tuple[Kwargs, ...]:
    return tuple(kwargs | {"kind": "csv"} for kwargs in sent_network(cast))


def rejects(cast: Cast) -> tuple[Kwargs, ...]:
    return tuple(kwargs | {"kind": "csv"} for kwargs in sent_file(cast))


def example(cast: Cast) -> tuple[Kwargs, ...]:
    return {"kind": "csv"}, {"kind": "xlsx"}, {"kind": "exe"}


def group(cast: Cast) -> tuple[Kwargs, ...]:
    found = []
    for account in (cast.account, cast.other_account):
        account.group = AccountGroup.objects.create(name=f"G{account.account_no}")
        account.save(update_fields=["group"])
        found.append({"pk": account.group.pk})
    return (*found, {"pk": 10**9})


def preference(cast: Cast) -> tuple[Kwargs, ...]:
    return _of_accounts(cast, lambda account: OutagePreference.objects.create(account=account, level="MOST").pk)


def plan(cast: Cast) -> tuple[Kwargs, ...]:
    day = date(2026, 12, 1)
    make = ProductionPlan.objects.create
    return _of_accounts(cast, lambda account: make(account=account, horizon="NEAR", days_from=day).pk)


def _of_accounts(cast: Cast, make: Callable[[Account], int]) -> tuple[Kwargs, ...]:
    own, other = cast.account, cast.other_account
    own_pk, other_pk = make(own), make(other)
    return (
        {"account_no": own.account_no, "pk": own_pk},
        {"account_no": other.account_no, "pk": other_pk},
        {"account_no": own.account_no, "pk": 10**9},
        {"account_no": own.account_no, "pk": other_pk},
    )


def outage(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        Outage.objects.create(
            number=number, title=number, unit=unit, starts_at=NOW, ends_at=NOW + timedelta(hours=8), created_at=NOW
        )
        for number, unit in (("TD1", cast.station), ("TD2", cast.other_station))
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def outlook(cast: Cast) -> tuple[Kwargs, ...]:
    days = {"days_from": date(2026, 12, 1), "days_until": date(2026, 12, 5), "at": NOW}
    own, other = (
        Outlook.objects.create(title="供需", text="偏紧", unit=unit, **days)
        for unit in (cast.station, cast.other_station)
    )
    for row, account in ((own, cast.account), (other, cast.other_account)):
        OutlookReader.objects.create(outlook=row, account=account, message_key=f"outlook {row.pk}")
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def override(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        OutageOverride.objects.create(
            outage_id=found["pk"], rule="NOTICE_LATE", reason="", version=1, proposed_by=cast.planner, proposed_at=NOW
        )
        for found in outage(cast)[:2]
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def consultation(cast: Cast) -> tuple[Kwargs, ...]:
    return telling.consultations(cast, [found["pk"] for found in outage(cast)[:2]])


def answer(cast: Cast) -> tuple[Kwargs, ...]:
    return telling.answers(cast, [found["pk"] for found in outage(cast)[:2]])


def notice(cast: Cast) -> tuple[Kwargs, ...]:
    return telling.notices(cast, [found["pk"] for found in outage(cast)[:2]])


def placement(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        Job.objects.create(
            key=key, kind="kam.outage_planning.tasks.place_drafts", by=by, args={"outages": []}, created_at=NOW
        )
        for key, by in (("p1", cast.planner), ("p2", cast.boss))
    )
    return {"job_id": own.pk}, {"job_id": other.pk}, {"job_id": 10**9}


def protected(cast: Cast) -> tuple[Kwargs, ...]:
    days = {"days_from": date(2026, 12, 1), "days_until": date(2026, 12, 5)}
    own, other = (
        ProtectedPeriod.objects.create(name="高考", unit=unit, **days) for unit in (cast.station, cast.other_station)
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def visit(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        planned(account, manager, date(2026, 11, 24))
        for account, manager in ((cast.account, cast.li), (cast.other_account, cast.zhao))
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def visit_uid(cast: Cast) -> tuple[Kwargs, ...]:
    uids = [Visit.objects.get(**kwargs).uid for kwargs in visit(cast)[:2]]
    return *({"uid": uid} for uid in uids), {"uid": uuid.uuid4()}


def visit_photo(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        Photo.objects.create(
            uid=uuid.uuid4(), visit_id=kwargs["pk"], file=ContentFile(b"a", "a.jpg"), sha256="0", at=NOW
        )
        for kwargs in visit(cast)[:2]
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


def symposium(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        SymposiumGuest.objects.create(
            account=account,
            symposium=Symposium.objects.create(
                title=account.name,
                unit=account.unit,
                organiser=manager,
                starts_at=NOW,
                ends_at=NOW + timedelta(hours=2),
                place="1",
                created_at=NOW,
            ),
        )
        for account, manager in ((cast.account, cast.li), (cast.other_account, cast.zhao))
    )
    return {"pk": own.symposium_id}, {"pk": other.symposium_id}, {"pk": 10**9}


def symposium_guest(cast: Cast) -> tuple[Kwargs, ...]:
    guests = [SymposiumGuest.objects.get(symposium_id=kwargs["pk"]).pk for kwargs in symposium(cast)[:2]]
    return {"pk": guests[0]}, {"pk": guests[1]}, {"pk": 10**9}


def symposium_file(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (
        SymposiumFile.objects.create(
            symposium_id=kwargs["pk"], name="a.txt", file=ContentFile(b"a", "a.txt"), media_type="text/plain", at=NOW
        )
        for kwargs in symposium(cast)[:2]
    )
    return {"pk": own.pk}, {"pk": other.pk}, {"pk": 10**9}


MAKES: dict[str, Makes] = {
    "symposium": symposium,
    "symposium_guest": symposium_guest,
    "symposium_file": symposium_file,
    **desk.MAKES,
    "visit": visit,
    "visit_uid": visit_uid,
    "visit_photo": visit_photo,
    "report": report,
    "report_batch": report_batch,
    "batch": batch,
    "meter": meter,
    "meter_day": meter_day,
    "calendar": calendar,
    "tariff": tariff,
    "equipment": equipment,
    "account": account,
    "sent_file": sent_file,
    "rejects": rejects,
    "sent_network": sent_network,
    "network_rejects": network_rejects,
    "example": example,
    "saved_view": saved_view,
    "export": export,
    "contact": contact,
    "group": group,
    "user": user,
    "unit": unit,
    "absence": absence,
    "substation": substation,
    "line": line,
    "point": point,
    "preference": preference,
    "outage": outage,
    "override": override,
    "outlook": outlook,
    "consultation": consultation,
    "answer": answer,
    "notice": notice,
    "placement": placement,
    "protected": protected,
    "plan": plan,
    "rule": rule,
    "job": job,
    "feed": feed,
    **messages.MAKES,
    **credit.MAKES,
    **money.MAKES,
}
