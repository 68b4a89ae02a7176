"""Tables that offices send: XLSX and CSV opened with care, into numbered rows of plain text."""

import csv
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import defusedxml
import openpyxl

from patrol.core.errors import Refused

MOST_BYTES = 20 * 1024 * 1024
MOST_ENTRIES = 200
MOST_UNPACKED = 100 * 1024 * 1024
MOST_RATIO = 100  # unpacked to packed, above which a file is a bomb
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_TEXT = 1_000  # characters in a cell
MOST_EMPTY = 1_000  # empty rows in a row, after which a sheet is over
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
FORMULA = re.compile(r"^(?:[=@\t\r]|[+-](?![\d\s()-]*$))")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


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
    if len(content) > MOST_BYTES:
        raise Refused("sheet-too-large", most=MOST_BYTES)
    lines = _xlsx(content) if content[:2] == b"PK" else _csv(content)
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
            if (code := _unfit(value))
        ]
        faults.extend(wrong)
        if not wrong:
            rows.append(Row(number, cells))
    return Sheet(rows, faults, unknown)


def _unfit(value: str) -> str | None:
    if len(value) > MOST_TEXT:
        return "cell-too-long"
    if FORMULA.match(value):
        return "cell-is-formula"
    return "cell-has-control-characters" if CONTROL.search(value) else None


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if "\x00" in text:
        raise Refused("sheet-unreadable")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            if len(line) > MOST_COLUMNS:
                raise Refused("sheet-too-wide", most=MOST_COLUMNS)
            yield [cell.strip(" \u3000\ufeff") for cell in line]
    except csv.Error:
        raise Refused("sheet-unreadable", line=reader.line_num) from None


def _decoded(content: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else GB 18030, as Chinese Excel writes."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for name in (encoding, "gb18030"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    raise Refused("sheet-unreadable")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    _examine(content)
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl reads without defusedxml; refuse to open sheets")
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        empty = 0
        for line in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            cells = [_text(value) for value in line]
            empty = 0 if any(cells) else empty + 1
            if empty > MOST_EMPTY:
                return
            yield cells
    except Refused:
        raise
    except defusedxml.DefusedXmlException:
        raise Refused("sheet-hostile") from None
    except Exception as error:  # a broken file may fail anywhere in the reader; all mean the same
        raise Refused("sheet-unreadable") from error


def _examine(content: bytes) -> None:
    """Refuse what only looks like a workbook before anything of it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            if len(entries) > MOST_ENTRIES or _unpacks_too_far(entries, len(content)):
                raise Refused("sheet-hostile")
            if any(_leads_astray(entry) for entry in entries):
                raise Refused("sheet-hostile")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    _refuse_doctype(packed, entry)
    except BROKEN:
        raise Refused("sheet-unreadable") from None


def _unpacks_too_far(entries: list[zipfile.ZipInfo], packed_bytes: int) -> bool:
    unpacked = sum(entry.file_size for entry in entries)
    offsets = [entry.header_offset for entry in entries]
    overlapping = len(set(offsets)) < len(offsets)
    packed = sum(entry.compress_size for entry in entries)
    too_much = unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * packed_bytes
    return too_much or overlapping or packed > packed_bytes


def _leads_astray(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    nested = entry.filename.lower().endswith((".zip", ".xlsx", ".xlsm"))
    odd = entry.flag_bits & 1 or entry.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    )
    return is_link or nested or bool(odd) or ".." in parts or parts[0] == ""


def _refuse_doctype(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with packed.open(entry) as part:
        head = part.read(4096).replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Refused("sheet-hostile")


def _text(value: Any) -> str:
    """What stands in a cell, as one would type it; whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip(" \u3000\ufeff")
