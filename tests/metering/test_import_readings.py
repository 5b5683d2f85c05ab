"""The command `import_readings` keeps its contract (ENE-1): figures printed, nothing twice, bad input refused whole."""

import gzip
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from kam.accounts.models import TimelineEntry
from kam.core.models import AuditEntry, IntakeBatch
from kam.metering.models import LoadDay, LoadDayBefore, Meter, MonthUse
from kam.metering.queries import account_profile, meter_profile
from kam.metering.rules.load import analyse
from kam.metering.rules.marks import Quality
from kam.metering.rules.tou_tables import GUANGDONG
from tests.cast import Cast, make_cast, make_meter

pytestmark = pytest.mark.django_db

KEYS = {
    "rows_read", "intervals_stored", "rows_rejected", "duplicates", "missing", "estimated", "negative", "dead", "first",
    "until", "batch", "rejects",
}  # fmt: skip


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def meter(cast: Cast) -> Meter:
    return make_meter(cast.account, meter_no="M1")


def take_in(file: Path, *flags: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_readings", str(file), *flags, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def quarter_hours(day: str, count: int) -> list[str]:
    start = datetime.fromisoformat(day)
    return [f"{start + timedelta(minutes=15 * n):%Y-%m-%d %H:%M:%S}" for n in range(count)]


def write(path: Path, rows: list[str], header: str = "time,kWh,kvarh") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def two_days(tmp_path: Path) -> Path:
    """Two days of March at 15 minutes: kWh runs 1.00, 1.01, … so that nothing is frozen."""
    rows = [f"{at},{1 + n / 100:.2f},0.25" for n, at in enumerate(quarter_hours("2026-03-02", 192))]
    return write(tmp_path / "two_days.csv", rows)


def test_steel_year_with_nothing_told_but_the_meter(meter: Meter, real_data: Path) -> None:
    told = take_in(real_data / "steel_industry" / "Steel_industry_data.csv.gz", "--meter", "M1")
    assert set(told) >= KEYS
    assert (told["rows_read"], told["intervals_stored"], told["rows_rejected"]) == (35040, 35040, 0)
    assert [told[name] for name in ("duplicates", "missing", "estimated", "negative", "dead")] == [0] * 5
    assert (told["first"], told["until"]) == ("2018-01-01T00:00:00+08:00", "2019-01-01T00:00:00+08:00")
    assert told["rejects"] == []
    assert len(told["assumed"]) > 5
    figures = analyse(account_profile(meter.account, date(2018, 1, 1), date(2019, 1, 1)), lambda day: GUANGDONG)
    # DATA section 1, through single precision.
    assert round(figures.energy_kwh, 2) == 959_636.71
    assert round(figures.max_demand_kw, 2) == 628.72
    assert figures.max_demand_at.isoformat() == "2018-11-22T09:30:00+08:00"
    july = MonthUse.objects.get(account=meter.account, month=date(2018, 7, 1))
    assert round(july.kwh, 2) == 81_674.41
    assert round(july.power_factor or 0, 4) == 0.8550
    assert round(july.kwh_by_band["sharp"], 2) == 22_038.30


def test_same_file_again_stores_nothing(meter: Meter, two_days: Path) -> None:
    assert take_in(two_days, "--meter", "M1")["intervals_stored"] == 192
    before = list(LoadDay.objects.values())
    again = take_in(two_days, "--meter", "M1")
    assert again["intervals_stored"] == 0
    assert list(LoadDay.objects.values()) == before
    assert not LoadDayBefore.objects.exists()
    assert TimelineEntry.objects.filter(kind="readings.taken_in").count() == 1


def test_gap_is_estimated_and_the_same_file_still_stores_nothing_again(meter: Meter, tmp_path: Path) -> None:
    stamps = quarter_hours("2026-03-02", 96 * 4)
    rows = [f"{at},{1 + n % 96 / 100:.2f},0.25" for n, at in enumerate(stamps) if not 200 <= n < 220]
    file = write(tmp_path / "gap.csv", rows)
    told = take_in(file, "--meter", "M1")
    assert (told["missing"], told["estimated"], told["intervals_stored"]) == (20, 20, 384)
    assert take_in(file, "--meter", "M1")["intervals_stored"] == 0


def test_timeline_audit_and_batch_tell_what_came(meter: Meter, two_days: Path) -> None:
    told = take_in(two_days, "--meter", "m1")
    batch = IntakeBatch.objects.get(pk=told["batch"])
    assert (batch.status, batch.file_name, batch.counts["intervals_stored"]) == ("DONE", "two_days.csv", 192)
    entry = TimelineEntry.objects.get(kind="readings.taken_in")
    assert (entry.account, entry.facts["intervals"], entry.facts["meters"]) == (meter.account, 192, ["M1"])
    assert AuditEntry.objects.filter(action="readings.taken_in", account_id=meter.account_id).count() == 1


def test_dry_run_tells_the_same_and_writes_nothing(meter: Meter, two_days: Path) -> None:
    told = take_in(two_days, "--meter", "M1", "--dry-run")
    assert (told["intervals_stored"], told["batch"]) == (192, None)
    assert not LoadDay.objects.exists()
    assert not IntakeBatch.objects.exists()


def test_correction_supersedes(meter: Meter, two_days: Path, tmp_path: Path) -> None:
    take_in(two_days, "--meter", "M1")
    later = write(tmp_path / "later.csv", [f"{at},7,0.5" for at in quarter_hours("2026-03-03 10:00", 4)])
    assert take_in(later, "--meter", "M1")["intervals_stored"] == 4
    profile = meter_profile(meter, date(2026, 3, 2), date(2026, 3, 4))
    assert profile.kwh[96 + 40] == 7
    assert profile.kwh[96 + 39] == pytest.approx(2.35)
    assert LoadDayBefore.objects.get().day == date(2026, 3, 3)
    assert MonthUse.objects.get().kwh == pytest.approx(float(np.nansum(profile.kwh)))


def test_bad_rows_are_told_and_the_rest_is_stored(meter: Meter, tmp_path: Path) -> None:
    rows = [f"{at},{1 + n / 100:.2f},0" for n, at in enumerate(quarter_hours("2026-03-02", 96))]
    rows[9] = "2026-03-02 02:15:00,abc,0"
    rows[20] = "2026-13-02 05:00:00,1.2,0"
    told = take_in(write(tmp_path / "bad.csv", rows), "--meter", "M1")
    assert (told["rows_read"], told["rows_rejected"], told["missing"]) == (96, 2, 2)
    assert [(one["row"], one["column"], one["code"]) for one in told["rejects"]] == [
        (11, "kWh", "not_a_number"),
        (22, "time", "bad_stamp"),
    ]
    assert all(one["problem"] for one in told["rejects"])


def test_multiplier_of_the_meter_is_applied_and_said(meter: Meter, two_days: Path) -> None:
    Meter.objects.update(multiplier=Decimal(200))
    told = take_in(two_days, "--meter", "M1")
    assert meter_profile(meter, date(2026, 3, 2), date(2026, 3, 3)).kwh[0] == 200
    assert any("200" in sentence for sentence in told["assumed"])


def test_interval_follows_the_first_file_and_no_other_one_later(meter: Meter, two_days: Path, tmp_path: Path) -> None:
    hours = [f"2026-02-01 {hour:02d}:00:00,{hour + 1},0" for hour in range(24)]
    assert take_in(write(tmp_path / "hours.csv", hours), "--meter", "M1")["intervals_stored"] == 24
    meter.refresh_from_db()
    assert meter.interval_minutes == 60
    with pytest.raises(CommandError) as refusal:
        take_in(two_days, "--meter", "M1")
    assert refusal.value.returncode == 2
    assert LoadDay.objects.count() == 1


def test_wide_file_takes_its_meters_from_its_column(cast: Cast, meter: Meter, tmp_path: Path) -> None:
    other = make_meter(cast.other_account, meter_no="M2")
    header = "电表号,日期," + ",".join(f"P{n}" for n in range(1, 97))
    values = ",".join(f"{4 + n / 100:.2f}" for n in range(96))
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(3)]
    rows = [f"{number},{day},{values}" for number in ("M1", "M2", "X9") for day in days]
    told = take_in(write(tmp_path / "wide.csv", rows, header), "--unit", "kw")
    assert (told["rows_read"], told["rows_rejected"], told["intervals_stored"]) == (9, 3, 2 * 288)
    assert [(one["row"], one["value"], one["code"]) for one in told["rejects"]] == [
        (8, "X9", "unknown_meter"),
        (9, "X9", "unknown_meter"),
        (10, "X9", "unknown_meter"),
    ]
    assert meter_profile(other, date(2026, 3, 1), date(2026, 3, 2)).kwh[0] == 1.0
    assert TimelineEntry.objects.filter(kind="readings.taken_in").count() == 2


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("", ["--meter", "M1"]),
        ("time,kWh\n", ["--meter", "M1"]),
        ("a,b\nx,y\n", ["--meter", "M1"]),
        ("time,kWh\n2026-03-01 00:00,1\n2026-03-01 00:15,1\n", []),
        ("time,kWh\n2026-03-01 00:00,1\n2026-03-01 00:15,1\n", ["--meter", "NO"]),
        ("time,kWh\n2026-03-01 00:00,1\n2026-03-01 00:15,1\n", ["--meter", "M1", "--kwh", "none"]),
        ("time,kWh\n2026-03-01 00:00,1\n2026-03-01 00:15,1\n", ["--meter", "M1", "--timezone", "Mars/Base"]),
        ("meter,time,kWh\nX,2026-03-01 00:00,1\nX,2026-03-01 00:15,1\n", []),
    ],
)
def test_bad_input_is_refused_whole(meter: Meter, tmp_path: Path, text: str, flags: list[str]) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(CommandError) as refusal:
        take_in(file, *flags)
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
    assert not LoadDay.objects.exists()
    assert not IntakeBatch.objects.exists()


def test_file_that_is_not_there_is_refused(meter: Meter, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refusal:
        take_in(tmp_path / "none.csv", "--meter", "M1")
    assert refusal.value.returncode == 2


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_german_profile_keeps_every_instant_in_any_company_zone(
    meter: Meter, real_data: Path, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    file = real_data / "german_ci_profiles" / "LP_G_G.csv.gz"
    told = take_in(file, "--meter", "M1")
    assert (told["intervals_stored"], told["missing"], told["duplicates"]) == (35040, 0, 0)
    assert datetime.fromisoformat(told["first"]) == datetime(2016, 12, 31, 23, tzinfo=UTC)
    profile = meter_profile(meter, date(2016, 12, 31), date(2018, 1, 2))
    assert np.nansum(profile.kwh) == pytest.approx(1000, abs=0.01)
    first_given = int(np.flatnonzero(~np.isnan(profile.kwh))[0])
    assert profile.starts_at(first_given).astimezone(UTC) == datetime(2016, 12, 31, 23, tzinfo=UTC)
    days = {row.day: len(row.kwh) // 4 for row in LoadDay.objects.all()}
    if zone == "Europe/Berlin":
        assert (days[date(2017, 3, 26)], days[date(2017, 10, 29)]) == (92, 100)
    else:
        assert set(days.values()) == {96}
    assert take_in(file, "--meter", "M1")["intervals_stored"] == 0


def test_stripped_offsets_with_the_zone_told_give_the_same(meter: Meter, real_data: Path, tmp_path: Path) -> None:
    source = real_data / "german_ci_profiles" / "LP_G_G.csv.gz"
    take_in(source, "--meter", "M1")
    lines = gzip.decompress(source.read_bytes()).decode().splitlines()
    stripped = [lines[0], *(line[:19] + line[25:] for line in lines[1:])]
    file = tmp_path / "stripped.csv"
    file.write_text("\n".join(stripped) + "\n")
    assert take_in(file, "--meter", "M1", "--timezone", "Europe/Berlin")["intervals_stored"] == 0


def test_partial_days_are_not_estimated_at_their_open_ends(meter: Meter, tmp_path: Path) -> None:
    rows = [f"{at},{1 + n / 100:.2f},0" for n, at in enumerate(quarter_hours("2026-03-02 06:00", 48))]
    told = take_in(write(tmp_path / "half.csv", rows), "--meter", "M1")
    assert (told["intervals_stored"], told["missing"], told["estimated"]) == (48, 0, 0)
    profile = meter_profile(meter, date(2026, 3, 2), date(2026, 3, 3))
    assert np.isnan(profile.kwh[:24]).all()
    assert profile.marks is not None
    assert (profile.marks[:24] == Quality.MISSING).all()
    assert profile.zone == ZoneInfo("Asia/Shanghai")
