"""Load readings are understood and read from whatever a metering system exports (ENE-1)."""

import csv
import gzip
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam.metering.rules import unpack
from kam.metering.rules.columns import quantity_of_channel, slots_of, unit_of
from kam.metering.rules.intake import Hints, Series, UnreadableFile, read, understand
from kam.metering.rules.marks import Quality
from kam.metering.rules.readings import REJECT_CODES, UNREADABLE_CODES
from kam.metering.rules.stamps import day_order, parse_clock, parse_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEAR = datetime(2017, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai


def take(path: Path, *, zone: ZoneInfo = SHANGHAI, **hints) -> list[Series]:
    return read(path, understand(path, Hints(**hints), zone=zone), zone=zone)


def written(folder: Path, text: str | bytes, name: str = "load.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def quarter_stamps(days: int, shape: str = "%Y-%m-%d %H:%M", *, ends: bool = False) -> list[str]:
    first = datetime(2018, 1, 1, 0, 15 if ends else 0)
    return [(first + timedelta(minutes=15 * i)).strftime(shape) for i in range(96 * days)]


def long_text(stamps: list[str], *, header: str = "time,kwh", sep: str = ",") -> str:
    return "\n".join([header, *(f"{stamp}{sep}{1 + i % 96}" for i, stamp in enumerate(stamps))]) + "\n"


def wide_text(names: list[str], *, days: int = 2, before: str = "date,", cells: str = "") -> str:
    rows = [before + ",".join(names)]
    rows += [
        f"2018-01-{day:02d},{cells}" + ",".join(str(1 + i) for i in range(len(names))) for day in range(1, days + 1)
    ]
    return "\n".join(rows) + "\n"


def is_two_plain_days(series: Series) -> bool:
    return (
        series.start == NEW_YEAR
        and series.minutes == 15
        and np.array_equal(series.kwh, np.tile(np.arange(1.0, 97.0), 2))
        and series.missing == series.duplicates == series.rows_rejected == 0
    )


# Real readings, DATA §1 and §3


def test_the_steel_year_is_understood_without_any_hint(real_data):
    path = real_data / "steel_industry" / "Steel_industry_data.csv.gz"
    understanding = understand(path, Hints(), zone=SHANGHAI)
    [series] = read(path, understanding, zone=SHANGHAI)
    assert (understanding.layout, understanding.stamps, understanding.midnight_same_day) == ("long", "end", True)
    assert (understanding.day_first, understanding.interval_minutes, understanding.unit) == (True, 15, "kwh")
    assert len(series.kwh) == series.rows_read == 35_040
    assert (series.rows_rejected, series.rejects, series.missing, series.duplicates) == (0, [], 0, 0)
    assert series.start.astimezone(SHANGHAI).isoformat() == "2018-01-01T00:00:00+08:00"
    assert series.until.astimezone(SHANGHAI).isoformat() == "2019-01-01T00:00:00+08:00"
    assert series.kwh.sum() == pytest.approx(959_636.71, abs=0.005)
    assert series.kvarh_lag is not None
    assert series.kvarh_lag.sum() == pytest.approx(456_759.84, abs=0.005)
    assert series.kvarh_lead is not None
    assert series.kvarh_lead.sum() == pytest.approx(135_638.04, abs=0.005)
    highest = series.start + timedelta(minutes=15 * int(series.kwh.argmax()))
    assert highest.astimezone(SHANGHAI).isoformat() == "2018-11-22T09:30:00+08:00"
    assert not series.marks.any()


GERMAN = {
    "LP_G_MV": (2018, 348.46), "LP_G_G": (2017, 249.10), "LP_G_MH": (2015, 354.52), "LP_OE_Buero_k": (2015, 334.76),
    "LP_OE_Buero_m": (2015, 300.59), "LP_OE_Schule_k": (2015, 751.15), "LP_OE_Schule_m": (2014, 488.29),
    "LP_OE_Schule_g": (2014, 608.08),
}  # fmt: skip


@pytest.mark.parametrize("name", GERMAN)
def test_german_profiles_give_the_same_series_with_and_without_their_offset(real_data, tmp_path, name):
    year, highest_w = GERMAN[name]
    path = real_data / "german_ci_profiles" / f"{name}.csv.gz"
    understanding = understand(path, Hints(), zone=SHANGHAI)
    [series] = read(path, understanding, zone=SHANGHAI)
    assert (understanding.unit, understanding.stamps, understanding.timezone) == ("w", "start", None)
    assert len(series.kwh) == 35_040
    assert series.start.astimezone(BERLIN) == datetime(year, 1, 1, tzinfo=BERLIN)
    assert series.kwh.sum() == pytest.approx(1000, abs=0.005)
    assert series.kwh.max() * 4000 == pytest.approx(highest_w, abs=0.0051)
    text = gzip.decompress(path.read_bytes()).decode()
    bare = written(tmp_path, text.replace("+01:00,", ",").replace("+02:00,", ","))
    [again] = take(bare, timezone="Europe/Berlin")
    assert again.start == series.start
    assert np.array_equal(again.kwh, series.kwh)
    assert (again.duplicates, again.missing, again.rows_rejected) == (0, 0, 0)


# Containers and encodings


def test_encodings_and_containers_give_the_same_series(tmp_path):
    text = long_text(quarter_stamps(2), header="时间,有功电量")
    for name, data in {
        "bare.csv": text.encode(),
        "bom.csv": b"\xef\xbb\xbf" + text.encode(),
        "gb.csv": text.encode("gb18030"),
        "wide_chars.csv": text.encode("utf-16"),
        "crlf.csv": text.replace("\n", "\r\n").encode(),
        "old_mac.csv": text.replace("\n", "\r").encode(),
        "packed.csv.gz": gzip.compress(text.encode()),
        "tabs.tsv": text.replace(",", "\t").encode(),
    }.items():
        [series] = take(written(tmp_path, data, name))
        assert is_two_plain_days(series), name


def test_a_zip_of_several_tables_is_one_delivery(tmp_path):
    stamps = quarter_stamps(2)
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2.csv", long_text(stamps[96:]))
        archive.writestr("1.csv", long_text(stamps[:96]) + "sum,99\n")
        archive.writestr("readme.md", "not a table")
    [series] = take(path)
    assert len(series.kwh) == 192
    assert [(r.file, r.row, r.code) for r in series.rejects] == [("1.csv", 98, "bad_stamp")]


def test_a_workbook_is_read_with_real_dates_and_clocks(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["时间", "有功电量(kWh)"])
    for i in range(192):
        sheet.append([datetime(2018, 1, 1) + timedelta(minutes=15 * i), 1 + i % 96])
    path = tmp_path / "load.xlsx"
    book.save(path)
    [series] = take(path)
    assert is_two_plain_days(series)


def test_a_decimal_comma_is_read_where_semicolons_separate(tmp_path):
    text = "Zeit;Wirkarbeit kWh\n" + "".join(f"{s};{i},25\n" for i, s in enumerate(quarter_stamps(1, "%d.%m.%Y %H:%M")))
    path = written(tmp_path, text)
    assert understand(path, Hints(), zone=SHANGHAI).decimal_comma
    assert take(path)[0].kwh[:3].tolist() == [0.25, 1.25, 2.25]


def test_lines_above_the_header_and_blank_lines_are_passed_over(tmp_path):
    text = "2018年负荷数据,,\n\n制表: 供电所,,\n" + long_text(quarter_stamps(2)).replace("\n", "\n\n") + "\n\n"
    path = written(tmp_path, text)
    assert understand(path, Hints(), zone=SHANGHAI).header_line == 4
    [series] = take(path)
    assert is_two_plain_days(series)
    assert series.rows_read == 192


# Stamps of long files


@pytest.mark.parametrize(
    "shape",
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+08:00", "%Y/%m/%d %H:%M", "%Y%m%d %H%M", "%Y%m%d%H%M", "%d/%m/%Y %H:%M",
     "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H时%M分", "%m/%d/%Y %I:%M %p"],
)  # fmt: skip
def test_stamps_are_read_however_they_are_written(tmp_path, shape):
    text = long_text(quarter_stamps(31, shape))
    [series] = take(written(tmp_path, text))
    assert series.start == NEW_YEAR
    assert len(series.kwh) == 31 * 96
    assert series.missing == 0


def test_unpadded_stamps_and_a_date_beside_a_clock(tmp_path):
    rows = [f"2018/1/{d},{m // 60}:{m % 60:02d},{1 + m // 15}" for d in (1, 2) for m in range(0, 1440, 15)]
    [series] = take(written(tmp_path, "日期,时间,电量\n" + "\n".join(rows)))
    assert is_two_plain_days(series)


def test_a_midnight_that_a_spreadsheet_wrote_as_a_bare_date(tmp_path):
    stamps = [s.removesuffix(" 00:00") for s in quarter_stamps(2)]
    [series] = take(written(tmp_path, long_text(stamps)))
    assert is_two_plain_days(series)


def test_stamps_that_end_their_interval_are_found(tmp_path):
    ending = quarter_stamps(2, ends=True)
    as_24 = [f"{(datetime.fromisoformat(s) - timedelta(days=1)):%Y-%m-%d} 24:00" if "00:00" in s else s for s in ending]
    same_day = [s.replace("24:00", "00:00") for s in as_24]
    for stamps in (ending, as_24, same_day):
        path = written(tmp_path, long_text(stamps))
        assert understand(path, Hints(), zone=SHANGHAI).stamps == "end"
        assert is_two_plain_days(take(path)[0])
    assert is_two_plain_days(take(written(tmp_path, long_text(ending)), stamps="end")[0])


def test_utc_stamps_are_recognised_by_the_company_midnight(tmp_path):
    stamps = [(NEW_YEAR + timedelta(minutes=15 * i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(192)]
    path = written(tmp_path, long_text(stamps))
    assert [a.code for a in understand(path, Hints(), zone=SHANGHAI).assumptions if "stamps" in a.code] == [
        "stamps_found"
    ]
    assert is_two_plain_days(take(path)[0])


def test_day_first_is_decided_by_the_whole_file():
    assert day_order(["1/2/2018", "13/2/2018"]) == (True, True)
    assert day_order(["2/1/2018", "2/13/2018"]) == (False, True)
    assert day_order(["1/2/2018", "2/2/2018", "3/2/2018"]) == (True, True)
    assert day_order(["2/1/2018", "2/2/2018", "2/3/2018"]) == (False, True)
    assert day_order(["3/3/2018"]) == (True, False)
    assert day_order(["2018-03-02"]) == (True, True)


def test_an_undecided_day_order_is_said_and_can_be_told(tmp_path):
    path = written(tmp_path, long_text([f"1/2/2018 {m // 60}:{m % 60:02d}" for m in range(0, 1440, 15)]))
    assert "day_first_assumed" in [a.code for a in understand(path, Hints(), zone=SHANGHAI).assumptions]
    assert take(path)[0].start.astimezone(SHANGHAI).date() == date(2018, 2, 1)
    assert take(path, day_first=False)[0].start.astimezone(SHANGHAI).date() == date(2018, 1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0:15", (900, None)), ("24:00", (86_400, None)), ("0015", (900, None)), ("15", (900, None)), ("0", (0, None)),
     ("23:45:00+08:00", (85_500, 28_800)), ("00:00Z", (0, 0)), ("12:15 AM", (900, None)), ("24:15", None),
     ("7:60", None), ("noon", None)],
)  # fmt: skip
def test_clocks(text, expected):
    assert parse_clock(text) == expected


def test_dates_outside_any_meter_are_no_dates():
    assert parse_date("2018-02-29", True) is None
    assert parse_date("2999-01-01", True) is None
    assert parse_date("29.2.2016", True) == (date(2016, 2, 29) - date(1970, 1, 1)).days


# Clock changes


def test_the_repeated_hour_is_read_twice_and_the_removed_one_is_no_gap(tmp_path):
    for first, hours in ((datetime(2018, 10, 28), 25), (datetime(2018, 3, 25), 23)):
        begin = first.replace(tzinfo=BERLIN).astimezone(UTC)
        instants = [begin + timedelta(minutes=15 * i) for i in range(hours * 4)]
        starts = [t.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") for t in instants]
        strict = [(t + timedelta(minutes=15)).astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") for t in instants]
        # Other systems add a quarter on the clock instead, and so close the first 02:00 hour with 03:00.
        clock = [
            (t.astimezone(BERLIN).replace(tzinfo=None) + timedelta(minutes=15)).isoformat(" ", "minutes")
            for t in instants
        ]
        for stamps, edge in ((starts, "start"), (strict, "end"), (clock, "end")):
            path = written(tmp_path, "time,kwh\n" + "".join(f"{s},{i + 1}\n" for i, s in enumerate(stamps)))
            [series] = take(path, zone=BERLIN, stamps=edge)
            assert series.start == begin
            assert series.kwh.tolist() == [float(i + 1) for i in range(hours * 4)]
            assert (series.duplicates, series.missing, series.rows_rejected) == (0, 0, 0)


def test_a_stamp_inside_a_removed_hour_is_refused(tmp_path):
    stamps = [(datetime(2018, 3, 25) + timedelta(minutes=15 * i)).isoformat(" ") for i in range(96)]
    [series] = take(written(tmp_path, long_text(stamps)), zone=BERLIN)
    assert [(r.row, r.code, r.value) for r in series.rejects][0] == (10, "removed_hour", "2018-03-25 02:00:00")
    assert series.rows_rejected == 4
    assert len(series.kwh) == 92


def test_a_wide_file_of_another_zone_is_converted(tmp_path):
    names = [f"P{i}" for i in range(1, 97)]
    [series] = take(written(tmp_path, wide_text(names)), timezone="Europe/Berlin")
    assert series.start == datetime(2017, 12, 31, 23, tzinfo=UTC)
    assert len(series.kwh) == 192


# Wide files


@pytest.mark.parametrize(
    "names",
    [
        [f"P{i}" for i in range(1, 97)],
        [f"V{i}" for i in range(96)],
        [str(i) for i in range(1, 97)],
        [f"点{i}" for i in range(1, 97)],
        [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)],
        [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15)],
        [f"{m // 60 % 24:02d}:{m % 60:02d}" for m in range(15, 1441, 15)],
        [f"{m // 60:02d}{m % 60:02d}" for m in range(15, 1441, 15)],
    ],
    ids=["P1", "V0", "1", "点1", "00:15-24:00", "00:00-23:45", "00:15-00:00", "0015"],
)
def test_wide_columns_are_put_in_the_order_of_the_day(tmp_path, names):
    path = written(tmp_path, wide_text(names))
    assert understand(path, Hints(), zone=SHANGHAI).layout == "wide"
    [series] = take(path)
    assert is_two_plain_days(series)


def test_wide_edges_told_against_the_names_shift_by_one_interval(tmp_path):
    path = written(tmp_path, wide_text([f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15)]))
    assert take(path, stamps="end")[0].start == NEW_YEAR - timedelta(minutes=15)


@pytest.mark.parametrize(("count", "minutes"), [(24, 60), (48, 30), (96, 15), (144, 10), (288, 5)])
def test_every_interval_length(tmp_path, count, minutes):
    [series] = take(written(tmp_path, wide_text([f"P{i}" for i in range(1, count + 1)])))
    assert (series.minutes, len(series.kwh)) == (minutes, 2 * count)


def test_channels_and_meters_of_a_wide_file(tmp_path):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["电能表号", "数据类型", "日期", *(f"P{i}" for i in range(1, 97)), "合计"])
    for day in (2, 1):
        for meter in ("000123", "000124"):
            for channel, value in (("反向无功", 3), ("正向有功", 1), ("反向有功", 9), ("正向无功", 2)):
                writer.writerow([meter, channel, f"2018-01-0{day}", *[value * day] * 96, 999])
    path = written(tmp_path, out.getvalue())
    understanding = understand(path, Hints(), zone=SHANGHAI)
    assert understanding.channels == {"kwh": "正向有功", "kvarh_lag": "正向无功", "kvarh_lead": "反向无功"}
    assert "反向有功" in [a.detail for a in understanding.assumptions if a.code == "channel_ignored"]
    series = read(path, understanding, zone=SHANGHAI, multiplier=10)
    assert [s.meter_no for s in series] == ["000123", "000124"]
    for one in series:
        assert one.kvarh_lag is not None
        assert one.kvarh_lead is not None
        assert one.start == NEW_YEAR
        assert [one.kwh[0], one.kwh[-1], one.kvarh_lag[0], one.kvarh_lead[-1]] == [10, 20, 20, 60]
        assert one.rows_read == 8


def test_told_channels_are_taken_as_told(tmp_path):
    text = wide_text([f"P{i}" for i in range(1, 97)], before="date,what,", cells="E+,")
    path = written(tmp_path, text)
    assert is_two_plain_days(take(path, channel_column="what", channels={"kwh": "E+"})[0])
    with pytest.raises(UnreadableFile, match="unknown_channel: E-"):
        understand(path, Hints(channel_column="what", channels={"kwh": "E-"}), zone=SHANGHAI)


def test_a_wide_day_given_twice_and_a_day_left_out(tmp_path):
    rows = [["2018-01-01", "1"], ["2018-01-03", "3"], ["2018-01-01", "1"], ["2018-01-03", "4"]]
    text = "date," + ",".join(f"P{i}" for i in range(1, 97)) + "\n"
    text += "".join(f"{day}," + ",".join([value] * 96) + "\n" for day, value in rows)
    [series] = take(written(tmp_path, text))
    assert (len(series.kwh), series.duplicates, series.missing) == (288, 192, 96)
    assert set(series.marks[:96].tolist()) == {int(Quality.DUPLICATE)}
    assert set(series.marks[96:192].tolist()) == {int(Quality.MISSING)}
    assert set(series.marks[192:].tolist()) == {int(Quality.CONFLICT)}
    assert series.kwh[-1] == 4


def test_meters_and_channels_of_a_long_file(tmp_path):
    rows = ["表号,时间,类型,数值"]
    for stamp in reversed(quarter_stamps(1)):
        for meter, base in (("0007", 1), ("0008", 2)):
            rows += [f"{meter},{stamp},有功,{base}", f"{meter},{stamp},无功,{base * 10}"]
    series = take(written(tmp_path, "\n".join(rows)))
    assert [(s.meter_no, s.start, len(s.kwh), s.rows_read) for s in series] == [
        ("0007", NEW_YEAR, 96, 192),
        ("0008", NEW_YEAR, 96, 192),
    ]
    for base, one in enumerate(series, 1):
        assert set(one.kwh.tolist()) == {base}
        assert one.kvarh_lag is not None
        assert set(one.kvarh_lag.tolist()) == {10 * base}
        assert one.duplicates == 0


def test_rows_without_a_meter_number_are_told(tmp_path):
    rows = [f"{'' if i == 5 else 'M1'},{stamp},{i}" for i, stamp in enumerate(quarter_stamps(1))]
    [series] = take(written(tmp_path, "meter_no,time,kwh\n" + "\n".join(rows)))
    assert [(r.row, r.column, r.code) for r in series.rejects] == [(7, "meter_no", "no_meter")]
    assert series.missing == 1


# Units and columns


@pytest.mark.parametrize(
    ("name", "unit"),
    [("Usage_kWh", "kwh"), ("LP [W/MWh]", "w"), ("load (kW)", "kw"), ("功率（kW）", "kw"), ("有功功率(千瓦)", "kw"),
     ("Lagging_Current_Reactive.Power_kVarh", "kwh"), ("kvar", "kw"), ("正向有功总电量(kWh)", "kwh"), ("P [MW]", "mw")],
)  # fmt: skip
def test_units_by_name(name, unit):
    assert unit_of(name) == (unit, True)


def test_power_becomes_energy_of_the_interval(tmp_path):
    stamps = quarter_stamps(1)
    for header, factor in (("time,load [kW]", 0.25), ("time,load [W]", 0.00025), ("time,E [kWh]", 1.0)):
        [series] = take(written(tmp_path, long_text(stamps, header=header)))
        assert series.kwh[3] == pytest.approx(4 * factor)
    [told] = take(written(tmp_path, long_text(stamps)), unit="kw")
    assert told.kwh[3] == 1.0


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("正向有功", "kwh"), ("有功功率", "kwh"), ("P", "kwh"), ("kWh", "kwh"), ("无功", "kvarh_lag"), ("Q", "kvarh_lag"),
     ("正向无功总", "kvarh_lag"), ("kvarh lag", "kvarh_lag"), ("反向无功", "kvarh_lead"), ("反向有功", None),
     ("电压", None)],
)  # fmt: skip
def test_channels_by_name(cell, quantity):
    assert quantity_of_channel(cell) == quantity


def test_a_signed_reactive_column_carries_both_directions(tmp_path):
    text = "time,kWh,kvarh\n" + "".join(f"{s},5,{2 if i % 2 else -3}\n" for i, s in enumerate(quarter_stamps(1)))
    [series] = take(written(tmp_path, text))
    assert series.kvarh_lag is not None
    assert series.kvarh_lead is not None
    assert series.kvarh_lag[:2].tolist() == [0, 2]
    assert series.kvarh_lead[:2].tolist() == [3, 0]


def test_numbered_columns_that_are_no_day_are_no_slots():
    assert slots_of(["date", *(f"P{i}" for i in range(1, 96))]) is None
    assert slots_of(["time", "meter1", "meter2"]) is None


# What is not taken


def test_bad_rows_and_cells_are_told_by_line_and_column(tmp_path):
    lines = long_text(quarter_stamps(1)).splitlines()
    lines[3] = "2018-01-01 00:30,abc"
    lines[5] = "2018-01-01 01:00,1,5"
    lines[7] = "2018-13-01 00:00,4"
    lines[9] = "2018-01-01 02:03,4"
    lines[11] = '2018-01-01 02:30,"1,011.5"'
    lines[13] = "2018-01-01 03:00,-"
    lines[15] = "2018-01-01 03:30,1e300"
    lines[17] = ",4"
    [series] = take(written(tmp_path, "\n".join(lines)))
    assert [(r.row, r.column, r.code, r.value) for r in series.rejects] == [
        (4, "kwh", "not_a_number", "abc"),
        (6, "", "extra_fields", "2018-01-01 01:00,1,5"),
        (8, "time", "bad_stamp", "2018-13-01 00:00"),
        (10, "time", "off_grid", "2018-01-01 02:03"),
        (16, "kwh", "out_of_range", "1e+300"),
        (18, "time", "no_stamp", ""),
    ]
    assert (series.rows_read, series.rows_rejected, series.missing, series.duplicates) == (96, 6, 7, 0)
    assert series.kwh[10] == 1011.5


def test_rejects_are_listed_up_to_a_thousand_and_counted_in_full(tmp_path):
    text = long_text(quarter_stamps(1)) + "2018-99-99 00:00,1\n" * 1500
    [series] = take(written(tmp_path, text))
    assert (len(series.rejects), series.rows_rejected) == (1000, 1500)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"time,kwh\n", "empty"),
        (b"2018-01-01 00:00,1\n2018-01-01 00:15,2\n", "no_header"),
        (b"a,b\n1,2\n3,4\n", "no_time_column"),
        (b"time,remark\n2018-01-01 00:00,fine\n2018-01-01 00:15,fine\n", "no_numeric_column"),
        (b"time,kwh\n2018-01-01 00:00,1\n2018-01-01 00:07,2\n", "unsupported_interval"),
        (b"time,kwh\n2018-01-01 00:00,1\n", "interval_unknown"),
        (b"time,kwh\n2018-01-01 00:00,\n2018-01-01 00:15,\n", "no_numeric_column"),
        (b"\xd0\xcf\x11\xe0old", "old_excel"),
        (b"\x1f\x8bbroken", "damaged"),
        (b"PK\x03\x04broken", "damaged"),
        (b"time,kwh\n\x00\x01\x02", "binary"),
        (b"time,kwh\n1991-01-01 00:00,1\n1991-01-01 00:15,1\n2018-01-01 00:00,1\n", "span_too_long"),
    ],
)
def test_files_that_cannot_be_understood_say_why(tmp_path, data, code):
    with pytest.raises(UnreadableFile) as error:
        take(written(tmp_path, data))
    assert error.value.code == code


def test_hints_that_name_nothing_are_refused(tmp_path):
    path = written(tmp_path, long_text(quarter_stamps(1)))
    for hints, code in (
        (Hints(kwh_column="energy"), "unknown_column"),
        (Hints(timezone="Mars/Base"), "unknown_timezone"),
        (Hints(layout="wide"), "no_slot_columns"),
        (Hints(unit="joule"), "unknown_unit"),
        (Hints(interval_minutes=7), "unsupported_interval"),
    ):
        with pytest.raises(UnreadableFile) as error:
            understand(path, hints, zone=SHANGHAI)
        assert error.value.code == code


def test_a_column_told_for_a_wide_file_must_be_there_too(tmp_path):
    path = written(tmp_path, wide_text([f"P{i}" for i in range(1, 97)]))
    with pytest.raises(UnreadableFile) as error:
        understand(path, Hints(kwh_column="energy"), zone=SHANGHAI)
    assert error.value.code == "unknown_column"


def test_a_bomb_and_a_locked_archive_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("load.csv", long_text(quarter_stamps(20)))
    packed = written(tmp_path, gzip.compress(long_text(quarter_stamps(20)).encode()), "load.csv.gz")
    monkeypatch.setattr(unpack, "MAX_UNPACKED_BYTES", 10_000)
    for path in (bomb, packed):
        with pytest.raises(UnreadableFile, match="too_large"):
            understand(path, Hints(), zone=SHANGHAI)
    locked = bytearray(bomb.read_bytes())
    locked[locked.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableFile, match="encrypted"):
        understand(written(tmp_path, bytes(locked), "locked.zip"), Hints(), zone=SHANGHAI)


def test_a_zip_of_tables_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.csv", long_text(quarter_stamps(1)))
        archive.writestr("2.csv", long_text(quarter_stamps(1), header="time,kvarh"))
    with pytest.raises(UnreadableFile, match="different_columns"):
        take(path)


def test_lines_that_are_cut_short_or_oddly_quoted_cost_only_themselves(tmp_path):
    lines = long_text(quarter_stamps(1)).splitlines()
    lines[1] = "2018-01-01 00:00"
    lines[4] = '2018-01-01 00:45,"4'
    [series] = take(written(tmp_path, "\n".join(lines)))
    assert [(r.row, r.code) for r in series.rejects] == [(5, "bad_quotes")]
    assert series.kwh[:2].tolist() == [2, 3]
    assert (series.rows_read, series.missing) == (96, 1)


# Properties


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, 900),
            st.integers(0, 9),
            st.sampled_from(['"', ",", ";", "\n", "\r", "-", "nan", "inf", "2018-02-31 00:00", "24:00", "日", "T"]),
        ),
        max_size=12,
    )
)
def test_whatever_happens_to_a_file_it_is_read_or_refused_with_a_code(tmp_path_factory, cuts):
    text = long_text(quarter_stamps(1)[:48])
    for at, length, other in cuts:
        text = text[:at] + other + text[at + length :]
    path = written(tmp_path_factory.mktemp("damaged"), text)
    refused = ""
    series = None
    try:
        [series] = take(path)
    except UnreadableFile as error:
        refused = error.code
    assert (refused in UNREADABLE_CODES) is (series is None)
    if series is not None:
        assert len(series.kwh) == len(series.marks)
        assert series.missing == np.isnan(series.kwh).sum()
        assert {reject.code for reject in series.rejects} <= set(REJECT_CODES)


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(48)), again=st.lists(st.integers(0, 47), max_size=20))
def test_rows_in_any_order_and_given_again_are_the_same_series(tmp_path_factory, order, again):
    stamps = quarter_stamps(1)[:48]
    rows = [f"{stamp},{i * 0.25}" for i, stamp in enumerate(stamps)]
    folder = tmp_path_factory.mktemp("shuffled")
    path = written(folder, "time,kwh\n" + "\n".join(rows[i] for i in [*order, *again]))
    [series] = take(path, stamps="start")
    assert series.start == NEW_YEAR
    assert series.kwh.tolist() == [i * 0.25 for i in range(48)]
    assert series.duplicates == len(again)
    assert set(np.flatnonzero(series.marks).tolist()) == set(again)
    assert set(series.marks.tolist()) <= {0, int(Quality.DUPLICATE)}


def test_another_interval_than_the_files_own_is_refused_with_the_own_one(tmp_path):
    path = written(tmp_path, long_text(quarter_stamps(2)))
    with pytest.raises(UnreadableFile) as error:
        understand(path, Hints(interval_minutes=5), zone=SHANGHAI)
    assert (error.value.code, error.value.detail) == ("other_interval", "15")
    assert is_two_plain_days(take(path, interval_minutes=15)[0])


def test_what_a_register_shows_is_no_energy_of_intervals(tmp_path):
    shown, rows = 1000.0, ["time,正向有功总电能示值"]
    for i, stamp in enumerate(quarter_stamps(2)):
        rows.append(f"{stamp},{shown:.2f}")
        shown += 1 + i % 7
    with pytest.raises(UnreadableFile) as error:
        take(written(tmp_path, "\n".join(rows)))
    assert error.value.code == "register_readings"


def test_a_column_named_for_two_things_is_refused(tmp_path):
    path = written(tmp_path, long_text(quarter_stamps(1)))
    for hints in (Hints(kwh_column="time"), Hints(kwh_column="kwh", kvarh_lag_column="kwh")):
        with pytest.raises(UnreadableFile) as error:
            understand(path, hints, zone=SHANGHAI)
        assert error.value.code == "column_twice"
