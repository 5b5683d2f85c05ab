"""A company with something on every page: sixty accounts, readings, a report, contacts, a group, files."""

from datetime import date
from io import BytesIO
from pathlib import Path

from django.core.files.base import ContentFile

from kam.accounts.actions import contacts
from kam.accounts.actions.search_index import reindex
from kam.accounts.models import AccountGroup
from kam.metering.actions import batches
from kam.metering.actions.months import refresh_months
from kam.metering.models import Meter
from kam.metering.rules.readings import Hints
from kam.network.models import Line, Substation, SupplyPoint
from kam.reports import tasks
from kam.reports.actions import account_import
from kam.reports.actions import energy as reports
from kam.reports.models import EnergyReport
from tests.cast import NOW, Cast, make_account, make_meter
from tests.reports.readings import store_plain

FIRST = date(2026, 5, 1)
DAYS = 61
ROWS = """account_no,name,uscc,industry,contract_kva,unit,manager
3200101,东湖水泵厂,,3441,800,S11,li
3200102,东湖冷库,,5930,abc,S11,li
"""


def furnish(cast: Cast) -> None:
    """Fill the cast's first district, and index it for the search."""
    group = AccountGroup.objects.create(name="东湖集团", note="三家子公司")
    cast.account.group = group
    cast.account.save()
    for number in range(60):
        make_account(
            account_no=f"32001{number + 10:03}",
            name=f"东湖第{number + 1}机械配件有限责任公司",
            unit=cast.station,
            manager=cast.li,
            group=group if number < 3 else None,
        )
    contacts.add(account=cast.account, name="钱工", phone="13812345678", mail="qian@example.com", by=cast.li, at=NOW)
    reindex()


def on_a_line(cast: Cast) -> Line:
    """Hang the account on a line of a substation."""
    facts = {"unit": cast.station, "voltage_kv": 10}
    substation = Substation.objects.create(code="B9", name="东湖变", **facts | {"voltage_kv": 110})
    line = Line.objects.create(code="L9", name="10千伏东湖线", substation=substation, **facts)
    SupplyPoint.objects.create(account=cast.account, name="10千伏东湖线", line=line, kva=2000)
    return line


def with_readings(cast: Cast) -> Meter:
    """Give the account two months of readings, and their month figures."""
    meter = make_meter(cast.account)
    store_plain(meter, FIRST, DAYS)
    refresh_months([cast.account.pk])
    return meter


def written_report(cast: Cast) -> EnergyReport:
    """Order a report of June and write it, as the worker would."""
    report = reports.order(
        account=cast.account,
        period_from=date(2026, 6, 1),
        period_until=date(2026, 7, 1),
        language="zh-hans",
        by=cast.sun,
        at=NOW,
    )
    assert report.job_id is not None
    tasks.write_report(report.job_id)
    report.refresh_from_db()
    return report


def sent_accounts(cast: Cast) -> int:
    """Send a file of accounts with a good row and a bad one; return its batch's id."""
    upload = BytesIO(ROWS.encode())
    batch = account_import.open_batch(by=cast.sun, at=NOW, upload=upload, file_name="客户.csv", size=len(ROWS.encode()))
    return batch.pk


def sent_readings(cast: Cast, meter: Meter) -> int:
    """Send a file of readings with a hole and a row that cannot be read; return its batch's id."""
    lines = [line for line in readings_csv("2026-07-01", 3).splitlines() if "T11:" not in line]
    text = "\n".join([*lines, "2026-07-04T00:00,much,1"])
    batch = batches.receive(
        file=ContentFile(text.encode(), "july.csv"),
        file_name="july.csv",
        hints=Hints(),
        meter=meter,
        by=cast.sun,
        at=NOW,
    )
    return batch.pk


def readings_csv(first: str, days: int) -> str:
    """Write a works' load as a long file: 15 min, kWh and lagging kvarh, stamped at the start of the interval."""
    rows = ["time,kWh,kvarh_lag"]
    begin = date.fromisoformat(first).toordinal()
    for day in range(begin, begin + days):
        for quarter in range(96):
            kwh = 25 + quarter % 7 if 32 <= quarter < 72 else 5 + quarter % 3
            at = f"{date.fromordinal(day).isoformat()}T{quarter // 4:02}:{quarter % 4 * 15:02}"
            rows.append(f"{at},{kwh},{kwh / 2}")
    return "\n".join(rows) + "\n"


def save(folder: Path, name: str, text: str) -> str:
    """Write a file to be sent by the browser, and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
