"""Opens the tables that offices send, XLSX and CSV, with care: sheets of lines of plain text."""

import csv
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import defusedxml
import openpyxl

from patrol.core.errors import Refused

MOST_BYTES = 20 * 1024 * 1024
MOST_ENTRIES = 200
MOST_UNPACKED = 100 * 1024 * 1024
MOST_RATIO = 100  # unpacked to packed, above which a file is a bomb
MOST_SHEETS = 20
MOST_COLUMNS = 60
MOST_TEXT = 1_000  # characters in a cell
MOST_EMPTY = 1_000  # empty rows in a row, after which a sheet is over
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
FORMULA = re.compile(r"^(?:[=@\t\r]|[+-](?![\d\s()-]*$))")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def open_sheets(content: bytes) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """Each sheet by its title with its lines; a CSV is one sheet without a title.

    Read the lines of a sheet before asking for the next. Raises Refused for a hostile, broken or
    oversized file, when that shows.
    """
    if len(content) > MOST_BYTES:
        raise Refused("sheet-too-large", most=MOST_BYTES)
    if content[:2] == b"PK":
        yield from _xlsx(content)
    else:
        yield "", _csv(content)


def unfit(value: str) -> str | None:
    """Why a cell may not be taken as text, as a code."""
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


def _xlsx(content: bytes) -> Iterator[tuple[str, Iterator[list[str]]]]:
    _examine(content)
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl reads without defusedxml; refuse to open sheets")
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheets = book.worksheets[:MOST_SHEETS]
    except defusedxml.DefusedXmlException:
        raise Refused("sheet-hostile") from None
    except Exception as error:  # a broken file may fail anywhere in the reader; all mean the same
        raise Refused("sheet-unreadable") from error
    for sheet in sheets:
        yield sheet.title, _lines(sheet)


def _lines(sheet: Any) -> Iterator[list[str]]:
    empty = 0
    try:
        for line in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            cells = [_text(value) for value in line]
            empty = 0 if any(cells) else empty + 1
            if empty > MOST_EMPTY:
                return
            yield cells
    except defusedxml.DefusedXmlException:
        raise Refused("sheet-hostile") from None
    except Exception as error:
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
