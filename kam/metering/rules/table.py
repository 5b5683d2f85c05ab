"""From table text to columns: separator, header, text and number columns, and what is wrong with single
cells.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from kam.metering.rules.readings import MAX_REJECTS, Flags, Floats, Reject, UnreadableFile, Whole
from kam.metering.rules.stamps import parse_date
from kam.metering.rules.unpack import Part

SEPARATORS = (",", "\t", ";", "|")
HEADER_WITHIN = 30
SAMPLE_BYTES = 1 << 17
SAMPLE_ROWS = 200
LARGEST_CELL = 1e12
"""No meter on earth counts beyond a million GWh; such a number is garbage and would overflow what is stored.
"""

_BLANKS = ["", "-", "--", "—", "/", "null", "NULL", "None", "NA", "N/A", "n/a", "nan", "NaN", "#N/A"]
SHORTEST_DATE = len("1/1/18")
_DATE = re.compile(r"\d{4}[-/.年]\s*\d{1,2}[-/.月]\s*\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_COMPACT_DATE = re.compile(r"\d{8}(\d{4}|\d{6})?(\D|$)")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?")


def has_date(cell: str) -> bool:
    """Tell whether a cell is, or begins with, a full date."""
    text = cell.strip()
    if len(text) < SHORTEST_DATE:
        return False
    found = _DATE.match(text)
    date = found[0] if found else text[:8]
    if not found and not _COMPACT_DATE.match(text):
        return False
    return parse_date(date, True) is not None or parse_date(date, False) is not None


def is_number(cell: str) -> bool:
    """Tell whether a cell is a plain number, with a point or a comma."""
    return _NUMBER.fullmatch(cell.strip()) is not None


@dataclass(frozen=True)
class Head:
    """The beginning of a table: `header` as written, `line` the last line of the header, `rows` the first
    rows below it.
    """

    separator: str
    line: int
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


def head_of(part: Part) -> Head:
    """Find separator and header: the row above the first row that holds a date. Raises UnreadableFile."""
    beginning = part.text[:SAMPLE_BYTES]
    if len(part.text) > SAMPLE_BYTES:
        beginning = beginning[: beginning.rfind(b"\n") + 1]
    text = beginning.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", " ")
    separator = max(SEPARATORS, key=lambda mark: _regularity(text, mark))
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, tuple(row)))
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error as error:
        raise UnreadableFile("damaged", part.name) from error
    dated = next((i for i, (_, row) in enumerate(rows[:HEADER_WITHIN]) if any(map(has_date, row))), None)
    if dated is None:
        raise UnreadableFile("empty" if len(rows) < 2 else "no_time_column", part.name)
    if dated == 0:
        raise UnreadableFile("no_header", part.name)
    line, header = rows[dated - 1]
    if len([cell for cell in header if cell.strip()]) < 2:
        raise UnreadableFile("no_header", part.name)
    return Head(separator, line, header, [row for _, row in rows[dated:]])


def _regularity(text: str, mark: str) -> tuple[int, int]:
    """Weigh a separator: in how many of the first lines it stands equally often, and how often."""
    counts = [line.count(mark) for line in text.splitlines()[:60] if line.strip()]
    if not counts:
        return 0, 0
    common = max(set(counts), key=lambda count: (counts.count(count), count))
    return (counts.count(common), common) if common else (0, 0)


@dataclass
class Rejects:
    """What was not taken from a table of n rows: every row counted, the first 1,000 of each kind listed.

    `lines`: line of each row in its file. `files`: (index of its first row, name) of each file, names empty
    if there is one.
    """

    lines: Whole
    files: list[tuple[int, str]]
    listed: list[tuple[int, Reject]] = field(default_factory=list)
    rows: Flags = field(init=False)

    def __post_init__(self) -> None:
        self.rows = np.zeros(len(self.lines), dtype=np.bool_)

    def add(self, indexes: Whole, column: str, code: str, values: Sequence[str | None]) -> None:
        """Note that `column` of the rows `indexes` was not taken; `values`: the cells of those rows."""
        self.rows[indexes] = True
        for index, value in zip(indexes[:MAX_REJECTS].tolist(), values, strict=False):
            file = next(name for first, name in reversed(self.files) if first <= index)
            reject = Reject(int(self.lines[index]), column, code, (value or "")[:80], file)
            self.listed.append((index, reject))


@dataclass(frozen=True)
class Table:
    """Columns of a table: `text` trimmed strings, `numbers` shape (n, k) in the order asked for with NaN for
    blanks.

    `lost`: lines that are no rows of this table at all. `rejects` counts by the n rows that remain.
    """

    text: dict[str, pl.Series]
    numbers: Floats
    rejects: Rejects
    lost: list[Reject]

    def __len__(self) -> int:
        return len(self.rejects.lines)


def load(
    part: Part,
    *,
    separator: str,
    header_line: int,
    columns: Sequence[str],
    text: Sequence[str],
    numbers: Sequence[str],
    decimal_comma: bool = False,
    file: str = "",
) -> Table:
    """Read the named columns. Regular tables are parsed in one go, others line by line first and then cell by
    cell.
    """
    clean = part.text
    lost: list[Reject] = []
    rows = _line_count(clean) - header_line
    lines = np.arange(header_line + 1, header_line + 1 + rows)
    wanted = [*text, *numbers]
    try:
        frame = _parse(clean, header_line, separator, columns, wanted, set(numbers), decimal_comma)
        regular = frame.height == rows
    except pl.exceptions.PolarsError:
        regular = False
    if not regular:
        clean, lines, lost = _regular_lines(part, separator, header_line, len(columns), file)
        try:
            frame = _parse(clean, 0, separator, columns, wanted, set(), False)
        except pl.exceptions.PolarsError as error:
            raise UnreadableFile("damaged", part.name) from error
    # A row without any text may be an empty line; where every row has its stamp there is no need to look at all cells.
    first = frame.to_series(0)
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series() if first.null_count() else None
    if blank is not None and blank.any():
        lines = lines[~blank.to_numpy()]
        frame = frame.filter(~blank)
    rejects = Rejects(lines, [(0, file)])
    if regular:
        values = frame.select(numbers).to_numpy(order="c") if numbers else np.zeros((frame.height, 0))
        values = values if values.flags.writeable else values.copy()
    else:
        values = _cell_by_cell(frame, numbers, decimal_comma, rejects)
    _refuse_absurd(values, numbers, rejects)
    return Table({name: frame[name] for name in text}, values, rejects, lost)


def joined(tables: Sequence[Table]) -> Table:
    """Return the tables of one delivery below one another."""
    if len(tables) == 1:
        return tables[0]
    firsts = np.cumsum([0, *(len(table) for table in tables[:-1])]).tolist()
    rejects = Rejects(
        np.concatenate([table.rejects.lines for table in tables]),
        [(first, table.rejects.files[0][1]) for first, table in zip(firsts, tables, strict=True)],
    )
    for first, table in zip(firsts, tables, strict=True):
        rejects.rows[first : first + len(table)] = table.rejects.rows
        rejects.listed += [(first + index, reject) for index, reject in table.rejects.listed]
    text = {name: pl.concat([table.text[name] for table in tables]) for name in tables[0].text}
    numbers = np.concatenate([table.numbers for table in tables])
    return Table(text, numbers, rejects, [reject for table in tables for reject in table.lost])


def _line_count(text: bytes) -> int:
    return text.count(b"\n") + (0 if text.endswith(b"\n") else 1)


def _parse(
    text: bytes,
    skip: int,
    separator: str,
    columns: Sequence[str],
    wanted: Sequence[str],
    numbers: set[str],
    decimal_comma: bool,
) -> pl.DataFrame:
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    frame = pl.read_csv(
        text,
        has_header=False,
        skip_lines=skip,
        separator=separator,
        schema={
            f"column_{number}": pl.Float64 if name in numbers else pl.String for number, name in enumerate(columns, 1)
        },
        columns=[columns.index(name) for name in wanted],
        decimal_comma=decimal_comma,
        low_memory=True,
        raise_if_empty=False,
    )
    frame.columns = list(wanted)
    return frame


def _regular_lines(
    part: Part, separator: str, header_line: int, width: int, file: str
) -> tuple[bytes, Whole, list[Reject]]:
    """Keep the lines that have the header's width; a line with more fields would shift its values, so it is
    refused.
    """
    mark = separator.encode()
    kept: list[bytes] = []
    lines: list[int] = []
    lost: list[Reject] = []
    for number, line in enumerate(part.text.split(b"\n")[header_line:], header_line + 1):
        row = line.rstrip(b"\r").replace(b"\r", b" ")
        if not row.replace(mark, b"").strip():
            continue
        if row.count(b'"') % 2:
            lost.append(Reject(number, "", "bad_quotes", _shown(row), file))
            continue
        if row.count(mark) >= width:
            cells = next(csv.reader([row.decode()], delimiter=separator))
            if any(cell.strip() for cell in cells[width:]):
                lost.append(Reject(number, "", "extra_fields", _shown(row), file))
                continue
            out = io.StringIO()
            csv.writer(out, delimiter=separator, lineterminator="").writerow(cells[:width])
            row = out.getvalue().encode()
        # A line that was cut short has blanks where its values should be.
        kept.append(row + mark * (width - 1 - row.count(mark)))
        lines.append(number)
    return b"\n".join(kept), np.array(lines, dtype=np.int64), lost


def _shown(row: bytes) -> str:
    return row.decode(errors="replace")[:80]


def _cell_by_cell(frame: pl.DataFrame, numbers: Sequence[str], decimal_comma: bool, rejects: Rejects) -> Floats:
    values = np.full((frame.height, len(numbers)), np.nan)
    for position, name in enumerate(numbers):
        cells = frame[name].str.strip_chars()
        blank = cells.is_in(_BLANKS) | cells.is_null()
        plain = cells
        if decimal_comma:
            plain = plain.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        else:
            grouped = cells.str.contains(r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$").fill_null(False)
            if grouped.any():
                plain = pl.select(
                    pl.when(grouped).then(cells.str.replace_all(",", "", literal=True)).otherwise(cells)
                ).to_series()
        read = plain.cast(pl.Float64, strict=False)
        bad = np.flatnonzero((read.is_null() & ~blank).to_numpy())
        if len(bad):
            rejects.add(bad, name, "not_a_number", frame[name].gather(bad).to_list())
        column = read.to_numpy()
        values[:, position] = np.where(blank.to_numpy(), np.nan, column)
    return values


def _refuse_absurd(values: Floats, numbers: Sequence[str], rejects: Rejects) -> None:
    if not values.size or not (
        np.nanmax(values, initial=0.0) > LARGEST_CELL or np.nanmin(values, initial=0.0) < -LARGEST_CELL
    ):
        return
    for position, name in enumerate(numbers):
        absurd = np.flatnonzero(np.abs(values[:, position]) > LARGEST_CELL)
        rejects.add(absurd, name, "out_of_range", [str(value) for value in values[absurd, position].tolist()])
        values[absurd, position] = np.nan
