"""Reads a city's own table of classes, CSV or XLSX, row by row, into conditions and faults."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from patrol.catalogue.rules import Kind, StatedLimit, class_code, limit_of
from patrol.core.errors import Refused
from patrol.core.sheets import open_sheets, unfit

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "kind": ("类别", "kind"),
    "major": ("大类代码", "majorcode"),
    "major_name": ("大类名称", "majorname"),
    "minor": ("小类代码", "minorcode"),
    "name": ("小类名称", "minorname"),
    "filing": ("立案条件", "filing"),
    "closing": ("结案条件", "closing"),
    "limit": ("处置时限", "limit"),
    "unit": ("处置单位", "unit"),
}
NEEDED = {"major", "minor", "name", "limit"}
DOWNWARD = ("major", "major_name", "minor", "name", "unit")  # merged cells stand for all below
_KINDS = {"部件": Kind.COMPONENT, "事件": Kind.EVENT, "c": Kind.COMPONENT, "e": Kind.EVENT}
_SEARCHED = 10  # lines in which the headings must be found
MOST_ROWS = 20_000
MOST_NAME = 80


@dataclass(frozen=True)
class Fault:
    """Why one row was not taken: a code, the column and what stood there."""

    sheet: str
    row: int
    code: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class StatedCondition:
    """One filing condition with its limit, as one row states it."""

    filing: str
    closing: str
    stated: StatedLimit


@dataclass(frozen=True)
class StatedClass:
    """One minor class as a city's table has it."""

    code: str
    name: str
    major: str
    conditions: tuple[StatedCondition, ...]


@dataclass(frozen=True)
class Table:
    """Everything a file held: the classes that can be taken and the rows that cannot."""

    classes: tuple[StatedClass, ...]
    faults: tuple[Fault, ...]
    rows: int


@dataclass
class _Reading:
    classes: dict[str, StatedClass] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0


def read_table(content: bytes) -> Table:
    """The classes of a table; Refused where no sheet of it has the headings that are needed."""
    reading, found = _Reading(), False
    for title, lines in open_sheets(content):
        numbered = enumerate(lines, start=1)
        columns = _columns(numbered)
        if columns is not None:
            found = True
            _read_sheet(reading, title, numbered, columns)
    if not found:
        raise Refused("sheet-lacks-columns", columns=", ".join(sorted(_words(NEEDED))))
    return Table(tuple(reading.classes.values()), tuple(reading.faults), reading.rows)


def _words(names: Iterable[str]) -> list[str]:
    return [HEADINGS[name][0] for name in names]


def _columns(numbered: Iterator[tuple[int, list[str]]]) -> dict[str, int] | None:
    """Where each column stands, by the first line that has all the needed headings."""
    meanings = {word: name for name, words in HEADINGS.items() for word in (name, *words)}
    for number, line in numbered:
        told = [meanings.get(re.sub(r"[\s_*-]", "", cell).casefold()) for cell in line]
        columns = {name: index for index, name in enumerate(told) if name}
        if columns.keys() >= NEEDED:
            return columns
        if number >= _SEARCHED:
            break
    return None


def _read_sheet(
    reading: _Reading,
    title: str,
    numbered: Iterator[tuple[int, list[str]]],
    columns: Mapping[str, int],
) -> None:
    above: dict[str, str] = {}
    for number, line in numbered:
        row = {name: line[index] if index < len(line) else "" for name, index in columns.items()}
        if not any(row.values()):
            continue
        reading.rows += 1
        if reading.rows > MOST_ROWS:
            raise Refused("sheet-too-many-rows", most=MOST_ROWS)
        above = _filled(row, above)
        _read_row(reading, title, number, row | above)


def _filled(row: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """The merged cells that hold for this row: a new class forgets the name of the last."""
    stated = {name: row[name] for name in DOWNWARD if row.get(name)}
    if "major" in stated or "minor" in stated:
        kept = {"major", "major_name"} - ({"major_name"} if "major" in stated else set())
        above = {name: value for name, value in above.items() if name in kept}
    return {**above, **stated}


def _read_row(reading: _Reading, title: str, number: int, row: Mapping[str, str]) -> None:
    kind = _KINDS.get((row.get("kind") or title or "事件").casefold(), Kind.EVENT)
    code = class_code(kind, row.get("major", ""), row.get("minor", "")) or ""
    stated = limit_of(row.get("limit", ""))
    known = reading.classes.get(code)
    wrong = next(_wrong(row, code, known), None)
    if wrong is not None or stated is None:
        why, column = wrong or ("limit-unreadable", "limit")
        value = row.get(column, "")[:40]
        reading.faults.append(Fault(title, number, why, HEADINGS[column][0], value))
        return
    condition = StatedCondition(row.get("filing", ""), row.get("closing", ""), stated)
    known = known or StatedClass(code, row["name"], row.get("major_name", ""), ())
    reading.classes[code] = replace(known, conditions=(*known.conditions, condition))


def _wrong(
    row: Mapping[str, str], code: str, known: StatedClass | None
) -> Iterator[tuple[str, str]]:
    """What is wrong with a row, the gravest first: a code and the column it stands in."""
    for column, value in row.items():
        if (unfitting := unfit(value)) is not None:
            yield unfitting, column
    if row.get("kind") and row["kind"].casefold() not in _KINDS:
        yield "class-kind-unknown", "kind"
    if not code:
        yield "class-code-unreadable", "minor" if row.get("major", "").isdigit() else "major"
    if not 0 < len(row.get("name", "")) <= MOST_NAME:
        yield "class-name-missing", "name"
    if known is not None and known.name != row.get("name"):
        yield "class-named-twice", "name"
    stated = limit_of(row.get("limit", ""))
    condition = stated and StatedCondition(row.get("filing", ""), row.get("closing", ""), stated)
    if known is not None and condition in known.conditions:
        yield "condition-twice", "filing"
