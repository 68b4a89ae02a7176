"""Archives of map tiles (PMTiles): what one holds, and why one cannot lie under our maps."""

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

HEADER = Struct("<7sB8Q3Q4B2B4i")  # https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
NONE, GZIP = 1, 2
PICTURES = {2: "png", 3: "jpeg", 4: "webp", 5: "avif"}
VECTOR = {1, 6}
CONVERT = "`pmtiles convert map.mbtiles map.pmtiles`"
LONGEST = 1_000_000  # bytes of notes that are read
MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Archive:
    """A file of pictures by zoom, column and row."""

    path: Path
    tiles: str  # png, jpeg, webp or avif
    least: int  # zooms
    most: int
    bounds: tuple[float, float, float, float]  # west, south, east, north, as the file says
    count: int
    size: int  # bytes
    rights: str  # whom the file itself names


def examine(path: Path) -> Archive:
    """What an archive holds; `ValueError` says why it cannot be used and what to do."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begun = file.read(HEADER.size)
            head = _header(begun, path)
            _refuse(head, size, path)
            file.seek(head["metadata"][0])
            notes = file.read(min(head["metadata"][1], LONGEST))
    except OSError as fault:
        raise ValueError(f"{path} cannot be read: {fault.strerror}") from None
    west, south, east, north = (each / 1e7 for each in head["bounds"])
    return Archive(
        path=path,
        tiles=PICTURES[head["type"]],
        least=head["zooms"][0],
        most=head["zooms"][1],
        bounds=(west, south, east, north),
        count=head["count"],
        size=size,
        rights=_rights(notes, head["packed"]),
    )


def _header(begun: bytes, path: Path) -> dict[str, Any]:
    if begun.startswith(b"SQLite format 3"):
        raise ValueError(f"{path} is MBTiles, which phones cannot read: {CONVERT}")
    if len(begun) < HEADER.size or not begun.startswith(b"PMTiles"):
        raise ValueError(f"{path} is no PMTiles archive; from MBTiles one is made by {CONVERT}")
    _, version, *told = HEADER.unpack(begun)
    if version != 3:
        raise ValueError(f"{path} is PMTiles {version}; make it anew as version 3: {CONVERT}")
    return {
        "parts": list(zip(told[0:8:2], told[1:8:2], strict=True)),
        "metadata": (told[2], told[3]),
        "count": told[8],
        "packed": told[12],
        "tiles_packed": told[13],
        "type": told[14],
        "zooms": (told[15], told[16]),
        "bounds": told[17:21],
    }


def _refuse(head: dict[str, Any], size: int, path: Path) -> None:
    """Raise `ValueError` when phones could not draw from it."""
    if head["type"] in VECTOR:
        raise ValueError(
            f"{path} holds vector tiles, and maps here are drawn from pictures: render it to PNG "
            "or WebP tiles first (QGIS: “Generate XYZ tiles (MBTiles)”), then " + CONVERT
        )
    if head["type"] not in PICTURES:
        raise ValueError(f"{path} does not say that it holds PNG, JPEG, WebP or AVIF pictures")
    if head["packed"] not in {NONE, GZIP} or head["tiles_packed"] not in {0, NONE}:
        raise ValueError(
            f"{path} is compressed as phones cannot read: directories by gzip, tiles not at all"
        )
    needed = max(offset + length for offset, length in head["parts"])
    if needed > size:
        raise ValueError(f"{path} is cut off: {size} of {needed} bytes are there; copy it again")
    least, most = head["zooms"]
    if not least <= most <= 24:
        raise ValueError(f"{path} names zooms {least}–{most}; it is damaged")


def _rights(notes: bytes, packed: int) -> str:
    """Whom the file names as holding the rights, without markup; nothing where it names nobody."""
    try:
        told = json.loads(gzip.decompress(notes) if packed == GZIP else notes)
    except (OSError, EOFError, ValueError):
        return ""
    named = told.get("attribution") if isinstance(told, dict) else None
    return MARKUP.sub("", named).strip()[:200] if isinstance(named, str) else ""
