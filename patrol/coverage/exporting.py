"""Views of coverage as files: XLSX and CSV of their rows, GeoPackage of those with an outline."""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import shapely

from patrol.core.sheets import CONTROL, FORMULA

FORMS: Mapping[str, str] = {  # suffix and media type
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
}
CRS = "EPSG:4326"  # longitude and latitude, WGS 84
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Column:
    """One column: its name in a program's file, and its head in the reader's words."""

    name: str
    head: str


@dataclass(frozen=True)
class Sheet:
    """The rows of a view, each with an outline where the view is a map."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    shapes: Sequence[shapely.Geometry] = ()
    note: str = ""  # below the rows of a sheet


def written(sheet: Sheet, form: str, zone: tzinfo) -> bytes:
    """A view as a file of that form; times are the city's."""
    return {"xlsx": _xlsx, "csv": _csv, "gpkg": _gpkg}[form](sheet, zone)


def _xlsx(sheet: Sheet, zone: tzinfo) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet.title[:31])
    page.freeze_panes = "A2"
    page.append([_plain(one.head, zone) for one in sheet.columns])
    for row in sheet.rows:
        page.append([_plain(value, zone) for value in row])
    if sheet.note:
        page.append([sheet.note])
    packed = BytesIO()
    book.save(packed)
    return packed.getvalue()


def _csv(sheet: Sheet, zone: tzinfo) -> bytes:
    """With a mark that has Excel read it as UTF-8."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_plain(one.head, zone) for one in sheet.columns])
    writer.writerows([_plain(value, zone) for value in row] for row in sheet.rows)
    if sheet.note:
        writer.writerow([sheet.note])
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Any, zone: tzinfo) -> Any:
    """A value as a sheet shows it; text that a sheet would take for a formula is quoted."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        text = CONTROL.sub("", value)
        return f"'{text}" if FORMULA.match(text) else text
    return round(value, 4) if isinstance(value, float) else value


def _gpkg(sheet: Sheet, zone: tzinfo) -> bytes:
    fields = [one.name for one in sheet.columns]
    columns = [
        _array([_plain(row[place], zone) for row in sheet.rows]) for place in range(len(fields))
    ]
    with tempfile.TemporaryDirectory(prefix="patrol-") as folder:
        path = Path(folder) / "coverage.gpkg"
        pyogrio.raw.write(
            path, shapely.to_wkb(np.array(sheet.shapes, dtype=object)), columns, fields,
            layer="coverage", driver="GPKG", geometry_type="MultiPolygon", crs=CRS,
        )  # fmt: skip
        return path.read_bytes()


def _array(values: list[Any]) -> np.ndarray[Any, Any]:
    """Numbers as numbers, with NaN for what is not known; all else as text."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    return np.array([None if value is None else str(value) for value in values], dtype=object)
