"""From a file to days that are ready to be stored: understood, read, multiplied, checked, cut, packed.

Plain Python without a database, so that a second process can do it while the first one writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kam.metering.rules.checks import check
from kam.metering.rules.daykinds import kind_of
from kam.metering.rules.days import split_days
from kam.metering.rules.intake import read
from kam.metering.rules.packing import PackedDay, pack
from kam.metering.rules.readings import (
    MAX_REJECTS,
    Assumption,
    Counts,
    DayArrays,
    Hints,
    Reject,
    Series,
    Understanding,
    UnreadableFile,
)
from kam.metering.rules.understanding import understand
from kam.metering.rules.unpack import unpack

UNKNOWN_METER = "unknown_meter"
OTHER_INTERVAL = "other_interval"


@dataclass(frozen=True)
class MeterFacts:
    """What has to be known of a meter to take its readings in."""

    meter_id: int
    account_id: int
    meter_no: str
    multiplier: float = 1.0
    contract_kva: float | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """One meter's readings, ready to be stored.

    `leans_on_history`: some value is an estimate, which stored days may better; the series is kept for that.
    """

    facts: MeterFacts
    series: Series | None
    rows_read: int
    minutes: int
    start: datetime
    until: datetime
    days: Sequence[PackedDay]
    counts: Counts
    leans_on_history: bool


@dataclass(frozen=True, eq=False)
class FileFound:
    """What a file holds: its meters that are known, and counts of all its rows."""

    understanding: Understanding
    meters: list[Prepared]
    rows_read: int
    rows_rejected: int
    rejects: list[Reject]
    assumptions: list[Assumption] = field(default_factory=list)

    @property
    def start(self) -> datetime | None:
        """Aware UTC instant at which the earliest series begins."""
        return min((one.start for one in self.meters), default=None)

    @property
    def until(self) -> datetime | None:
        """Aware UTC instant at which the latest series ends."""
        return max((one.until for one in self.meters), default=None)


class NoMeter(ValueError):
    """It cannot be said whose readings these are.

    `code`: `no_meter_column` (and none was told), `other_meters` (told, but the file names several others),
    `no_known_meter` (the file names meters that nobody knows; `detail`: some of them).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def prepare(
    source: Path,
    hints: Hints,
    *,
    zone: ZoneInfo,
    meter: MeterFacts | None = None,
    known: Mapping[str, MeterFacts] | Callable[[Sequence[str]], Mapping[str, MeterFacts]],
) -> FileFound:
    """Read the file and make its days ready. `meter`: whose readings they are, where that was told.

    `known`: meters by number (upper case), or what finds them. Raises `UnreadableFile`, `NoMeter`.
    """
    understanding = understand(source, hints, zone=zone)
    if meter is None and understanding.meter_column is None:
        raise NoMeter("no_meter_column")
    read_series = read(source, understanding, zone=zone)
    assumptions = list(understanding.assumptions)
    if meter is not None:
        pairs = [(_of_meter(read_series, meter, assumptions), meter)]
        unknown: list[Series] = []
    else:
        names = [key_of(series.meter_no) for series in read_series]
        facts = known(names) if callable(known) else known
        pairs = [(series, facts[name]) for series, name in zip(read_series, names, strict=True) if name in facts]
        unknown = [series for series, name in zip(read_series, names, strict=True) if name not in facts]
        if not pairs:
            raise NoMeter("no_known_meter", ", ".join(name for name in names[:5] if name))
    multiplied = [facts.multiplier for series, facts in pairs if facts.multiplier != 1 and len(series.kwh)]
    if multiplied:
        assumptions.append(Assumption("multiplier", ", ".join(sorted({f"{factor:g}" for factor in multiplied})[:5])))
    rejects = [reject for series, _ in pairs for reject in series.rejects]
    rejects += _unknown_rejects(source, understanding, {key_of(series.meter_no) for series in unknown})
    return FileFound(
        understanding=understanding,
        meters=[prepare_meter(series, facts, zone=zone) for series, facts in pairs if len(series.kwh)],
        rows_read=sum(series.rows_read for series, _ in pairs) + sum(series.rows_read for series in unknown),
        rows_rejected=sum(s.rows_rejected for s, _ in pairs) + sum(s.rows_read for s in unknown),
        rejects=sorted(rejects, key=lambda reject: (reject.file, reject.row))[:MAX_REJECTS],
        assumptions=assumptions,
    )


def prepare_meter(
    series: Series, facts: MeterFacts, *, zone: ZoneInfo, history: Sequence[DayArrays] = (), keep: bool = False
) -> Prepared:
    """Multiply, check, cut and pack one meter's series (values as the file has them).

    `history`: stored days, from which long gaps are filled as well. The series is handed on where history could help,
    or `keep` asks for it.
    """
    checked = check(
        _multiplied(series, facts.multiplier),
        contract_kva=facts.contract_kva,
        kind_of=_kind_of,
        zone=zone,
        history=history,
    )
    leans = checked.counts.estimated > 0 or checked.counts.reactive_estimated > 0
    return Prepared(
        facts=facts,
        series=series if leans or keep else None,
        rows_read=series.rows_read,
        minutes=series.minutes,
        start=series.start,
        until=series.until,
        days=pack(split_days(checked, zone)),
        counts=checked.counts,
        leans_on_history=leans,
    )


def keep_known(known: Mapping[str, MeterFacts], hints: Hints, zone: ZoneInfo) -> None:
    """Give this process what it prepares files with, once, before the first of them."""
    _kept.append((known, hints, zone))


def prepare_known(source: Path) -> FileFound:
    """Do `prepare` for the meters that `keep_known` left in this process. Raises `UnreadableFile`, `NoMeter`."""
    known, hints, zone = _kept[-1]
    return prepare(source, hints, zone=zone, known=known)


_kept: list[tuple[Mapping[str, MeterFacts], Hints, ZoneInfo]] = []


def key_of(meter_no: str | None) -> str:
    """Return how meter numbers are compared: without blanks around, in capitals."""
    return (meter_no or "").strip().upper()


def _of_meter(found: list[Series], meter: MeterFacts, assumptions: list[Assumption]) -> Series:
    named = next((series for series in found if key_of(series.meter_no) == key_of(meter.meter_no)), None)
    if named is not None:
        if len(found) > 1:
            assumptions.append(Assumption("other_meters_left_out", str(len(found) - 1)))
        return named
    if len(found) > 1:
        raise NoMeter("other_meters", str(len(found)))
    (only,) = found
    if only.meter_no:
        assumptions.append(Assumption("meter_as_told", only.meter_no))
    if not len(only.kwh):
        raise UnreadableFile("no_readings", "", only.rejects)
    return only


def _multiplied(series: Series, factor: float) -> Series:
    if factor == 1:
        return series
    return replace(
        series,
        kwh=series.kwh * factor,
        kvarh_lag=None if series.kvarh_lag is None else series.kvarh_lag * factor,
        kvarh_lead=None if series.kvarh_lead is None else series.kvarh_lead * factor,
    )


def _unknown_rejects(source: Path, understanding: Understanding, unknown: set[str]) -> list[Reject]:
    """Look the rows of unknown meters up in the file, so that whoever sent it finds them; the first 1,000."""
    if not unknown or understanding.meter_column is None:
        return []
    position = understanding.columns.index(understanding.meter_column)
    rejects: list[Reject] = []
    for part in unpack(source):
        rows = part.text.decode(errors="replace").splitlines()
        for line, text in enumerate(rows, 1):
            cells = text.split(understanding.separator)
            if line <= understanding.header_line or position >= len(cells):
                continue
            cell = cells[position].strip().strip('"').strip()
            if key_of(cell) in unknown:
                file = part.name if len(understanding.files) > 1 else ""
                rejects.append(Reject(line, understanding.meter_column, UNKNOWN_METER, cell, file))
                if len(rejects) == MAX_REJECTS:
                    return rejects
    return rejects


def _kind_of(day: date) -> str:
    return kind_of(day).value
