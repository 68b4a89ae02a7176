"""Reads an office's table of people or posts into numbered rows by the names of columns."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from patrol.core.errors import Refused
from patrol.core.sheets import MOST_COLUMNS, open_sheets, unfit

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Fault", "Row", "Sheet", "read_sheet"]

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row, as a code and facts; column None means the row itself."""

    row: int
    code: str
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of a sheet by the names of its columns, numbered as the office sees it."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """The rows that could be read, and what was wrong with the rest."""

    rows: list[Row]
    faults: list[Fault]
    unknown: tuple[str, ...] = ()  # headings nobody asked for


def read_sheet(content: bytes, columns: Mapping[str, Iterable[str]], needed: set[str]) -> Sheet:
    """Rows of the first sheet; `columns` gives each name with the headings that mean it.

    Raises Refused when the file as a whole cannot be taken; faults of single rows are reported.
    """
    lines = next((lines for _, lines in open_sheets(content)), iter(()))
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if any(line))
    heading = next(numbered, None)
    if heading is None:
        raise Refused("sheet-empty")
    names, unknown = _names(heading[1], columns)
    missing = sorted(needed - set(names.values()))
    if missing:
        raise Refused("sheet-lacks-columns", columns=", ".join(missing))
    return _sheet(numbered, names, unknown)


def _names(
    heading: list[str], columns: Mapping[str, Iterable[str]]
) -> tuple[dict[int, str], tuple[str, ...]]:
    meanings = {_folded(word): name for name, words in columns.items() for word in (name, *words)}
    known = [(index, meanings.get(_folded(word))) for index, word in enumerate(heading)]
    names = {index: name for index, name in known if name is not None}
    if len(set(names.values())) < len(names):
        twice = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
        raise Refused("sheet-repeats-columns", columns=", ".join(twice))
    return names, tuple(word for word in heading if word and _folded(word) not in meanings)


def _folded(word: str) -> str:
    return re.sub(r"[\s_*（）()：:-]", "", word).casefold()


def _sheet(
    numbered: Iterator[tuple[int, list[str]]], names: dict[int, str], unknown: tuple[str, ...]
) -> Sheet:
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, line in numbered:
        if len(rows) + len(faults) >= MOST_ROWS:
            raise Refused("sheet-too-many-rows", most=MOST_ROWS)
        cells = {name: line[index] for index, name in names.items() if index < len(line)}
        wrong = [
            Fault(number, code, name, value[:40])
            for name, value in cells.items()
            if (code := unfit(value))
        ]
        faults.extend(wrong)
        if not wrong:
            rows.append(Row(number, cells))
    return Sheet(rows, faults, unknown)
