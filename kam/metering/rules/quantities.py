"""Which columns or channels of a file carry active and reactive energy, and in which unit."""

from kam.metering.rules.columns import (
    UNIT_NAME,
    channel_rank,
    quantity_of_channel,
    quantity_of_column,
    surely_active,
    unit_of,
)
from kam.metering.rules.readings import QUANTITIES, Quantity, UnreadableFile
from kam.metering.rules.survey import Survey

MAX_CHANNELS = 40
UNITS = ("kwh", "kw", "w", "wh", "mwh", "mw")


def channels_of(survey: Survey, taken: set[str | None]) -> tuple[str | None, dict[Quantity, str]]:
    """Find the column that says which quantity a row carries, and the cell that stands for each quantity."""
    told = {q: survey.hints.channels[q] for q in QUANTITIES if q in survey.hints.channels}
    column = survey.named(survey.hints.channel_column)
    if column is None:
        wanted = set(told.values())
        free = [name for name in survey.names if name not in taken and not survey.is_numeric(name)]
        column = next((name for name in free if _names_channels(survey, name, wanted)), None)
        if column is None:
            if told:
                raise UnreadableFile("unknown_channel", ", ".join(told.values()))
            return None, {}
        survey.assume("channel_column", column)
    cells = [c for c in survey.text([column])[column].str.strip_chars().unique(maintain_order=True).to_list() if c]
    if told:
        if missing := [cell for cell in told.values() if cell not in cells]:
            raise UnreadableFile("unknown_channel", ", ".join(missing))
        return column, told
    return column, _named_channels(survey, cells[:MAX_CHANNELS])


def _names_channels(survey: Survey, name: str, wanted: set[str]) -> bool:
    if wanted:
        return any(cell in wanted for cell in survey.cells(name))
    return any(quantity_of_channel(cell) for cell in survey.cells(name))


def _named_channels(survey: Survey, cells: list[str]) -> dict[Quantity, str]:
    found: dict[Quantity, str] = {}
    for quantity in QUANTITIES:
        fitting = [cell for cell in cells if quantity_of_channel(cell) == quantity]
        if fitting:
            found[quantity] = min(fitting, key=lambda cell: channel_rank(quantity, cell))
            survey.assume("channel", f"{quantity}={found[quantity]}")
    if not found:
        raise UnreadableFile("unknown_channel", ", ".join(cells[:12]))
    for cell in cells:
        if cell not in found.values():
            survey.assume("channel_ignored", cell)
    return found


def value_columns_of(survey: Survey, taken: set[str | None], channels: dict[Quantity, str]) -> dict[Quantity, str]:
    """Return the column of each quantity of a long file; with channels all quantities stand in one column."""
    told = {
        "kwh": survey.named(survey.hints.kwh_column),
        "kvarh_lag": survey.named(survey.hints.kvarh_lag_column),
        "kvarh_lead": survey.named(survey.hints.kvarh_lead_column),
    }
    numeric = [name for name in survey.names if name not in taken and survey.is_numeric(name)]
    free = [name for name in numeric if name not in told.values()]
    if not numeric and not any(told.values()):
        raise UnreadableFile("no_numeric_column", survey.parts[0].name)
    if channels:
        value = told["kwh"] or next((n for n in free if quantity_of_column(n) == "kwh"), None) or free[0]
        if not told["kwh"]:
            survey.assume("kwh_column", value)
        return dict.fromkeys(channels, value)
    found: dict[Quantity, str] = {}
    for quantity in QUANTITIES:
        if name := told[quantity]:
            found[quantity] = name
            continue
        fitting = [name for name in free if quantity_of_column(name) == quantity]
        fitting.sort(key=lambda name: not (quantity == "kwh" and surely_active(name)))
        if fitting:
            found[quantity] = fitting[0]
            survey.assume(f"{quantity}_column", fitting[0])
    if "kwh" not in found:
        rest = [name for name in free if name not in found.values()] or free
        if not rest:
            raise UnreadableFile("no_numeric_column", survey.parts[0].name)
        found["kwh"] = rest[0]
        survey.assume("kwh_column_guessed", rest[0])
    return found


def units_of(survey: Survey, values: dict[Quantity, str], channels: dict[Quantity, str]) -> dict[Quantity, str]:
    """Return the unit of each quantity: told, or named by column, channel or a unit column, else kWh is assumed."""
    if survey.hints.unit is not None and survey.hints.unit not in UNITS:
        raise UnreadableFile("unknown_unit", survey.hints.unit)
    told = survey.hints.unit
    quantities: list[Quantity] = [q for q in QUANTITIES if q in (channels or values)] or ["kwh"]
    named = {q: _named_unit(survey, values.get(q), channels.get(q)) for q in quantities}
    active = told or next((named[q][0] for q in quantities if named[q][0]), None) or "kwh"
    units: dict[Quantity, str] = {"kwh": active}
    for quantity in quantities:
        unit, certain = named[quantity]
        # A unit that was told is the active one's; a reactive column whose name says kvarh keeps its own.
        own = unit if certain and (quantity != "kwh" or told is None) else None
        units[quantity] = own or active
    if told is None:
        unit, certain = named[quantities[0]]
        survey.assume("unit_found" if unit and certain else "unit_assumed", units["kwh"])
    return units


def _named_unit(survey: Survey, column: str | None, cell: str | None) -> tuple[str | None, bool]:
    told = [unit_of(text) for text in (cell, column) if text]
    if certain := next((unit for unit in told if unit[1]), None):
        return certain
    if unit_column := next((name for name in survey.names if UNIT_NAME.fullmatch(name)), None):
        cells = [unit_of(text) for text in set(survey.cells(unit_column)) if text]
        if len({unit for unit, _ in cells}) == 1 and cells[0][0]:
            return cells[0]
    return next((unit for unit in told if unit[0]), (None, False))
