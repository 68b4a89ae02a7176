"""Decides which pictures are taken, and reads what a camera wrote into them."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_PER_SIDE = 12_000
DISPLAY = {"large": 1600, "small": 320}  # longest side in pixels of the copies that are shown


class View(StrEnum):
    """What a photo shows."""

    NEAR = "near"
    FAR = "far"
    AFTER = "after"


class Origin(StrEnum):
    """Where the picture came from, as the phone said."""

    CAMERA = "camera"
    ALBUM = "album"


class Mime(StrEnum):
    """The formats that are taken."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


PILLOW = {Mime.JPEG: "JPEG", Mime.PNG: "PNG", Mime.WEBP: "WEBP"}


def mime(head: bytes) -> Mime | None:
    """The format that the first bytes show, whatever the name or the sender says."""
    if head.startswith(b"\xff\xd8\xff"):
        return Mime.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Mime.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Mime.WEBP
    return None


def flaw(size: int, head: bytes) -> str | None:
    """Why these bytes are refused before anything decodes them, as a code."""
    if size == 0:
        return "photo-empty"
    if size > MOST_BYTES:
        return "photo-too-large"
    return None if mime(head) else "photo-format"


def too_many_pixels(width: int, height: int) -> bool:
    """Whether a picture is larger than any phone's."""
    return width * height > MOST_PIXELS or max(width, height) > MOST_PER_SIDE


# What the camera wrote; never the place of a finding, only a thing to compare it with.


def exif_facts(tags: Mapping[str, Any], gps: Mapping[str, Any]) -> dict[str, Any]:
    """Camera, time and place out of EXIF, leaving out whatever is broken: JSON values only."""
    facts: dict[str, Any] = {}
    for name in ("Make", "Model", "Software"):
        if text := _text(tags.get(name)):
            facts[name.lower()] = text
    orientation = tags.get("Orientation")
    if isinstance(orientation, int) and 1 <= orientation <= 8:
        facts["orientation"] = orientation
    if taken := exif_time(tags.get("DateTimeOriginal"), tags.get("OffsetTimeOriginal")):
        facts["taken_at"] = taken
    if place := exif_place(gps):
        facts["lon"], facts["lat"] = place
    return facts


def exif_time(stamp: Any, offset: Any = None) -> str | None:
    """ISO text of "2026:11:06 10:00:00", with its zone where the camera named one."""
    try:
        moment = datetime.strptime(_text(stamp), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    plain = moment.replace(tzinfo=None)
    zone = _offset(_text(offset))
    return (plain if zone is None else plain.replace(tzinfo=zone)).isoformat()


def exif_place(gps: Mapping[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude, when both are whole, finite and within range."""
    lat = _degrees(gps.get("GPSLatitude"), gps.get("GPSLatitudeRef"), "S")
    lon = _degrees(gps.get("GPSLongitude"), gps.get("GPSLongitudeRef"), "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None
    return round(lon, 6), round(lat, 6)


def _text(value: Any) -> str:
    return value.replace("\x00", "").strip()[:80] if isinstance(value, str) else ""


def _offset(text: str) -> timezone | None:
    sign, hours, minutes = text[:1], text[1:3], text[4:6]
    if sign not in {"+", "-"} or not hours.isdecimal() or not minutes.isdecimal():
        return None
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    if distance >= timedelta(hours=24):
        return None
    return timezone(distance if sign == "+" else -distance)


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    if not isinstance(parts, (tuple, list)) or len(parts) != 3:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return -value if _text(reference) == negative else value
