"""Decodes one picture, apart from everything else: limits in, display copies and plain facts out.

Run as a script it is a process of its own with little memory and time, because decoders are where
hostile pictures strike; it imports nothing of this house. Only pictures we made ourselves may be
developed in process.
"""

import json
import resource
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

WANTED = frozenset(
    {"Make", "Model", "Software", "Orientation", "DateTimeOriginal", "OffsetTimeOriginal"}
)
QUALITY = 82


def develop(source: Path, target: Path, limits: Mapping[str, Any]) -> dict[str, Any]:
    """Write display copies of `source` beside `target` and tell width, height and raw EXIF.

    `limits` holds formats, pixels, side and copies (name → longest side). A picture that is not
    taken gives {"flaw": code}. The copies are `<target>-<name>.jpg`, without any metadata.
    """
    Image.MAX_IMAGE_PIXELS = limits["pixels"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=limits["formats"]) as picture:
                return _develop(picture, target, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"flaw": "photo-pixels"}
    except UnidentifiedImageError:
        return {"flaw": "photo-format"}
    except Exception:  # noqa: BLE001 -- a decoder may fail in any way; none is our fault
        return {"flaw": "photo-broken"}


def _develop(picture: Image.Image, target: Path, limits: Mapping[str, Any]) -> dict[str, Any]:
    width, height = picture.size
    if width * height > limits["pixels"] or max(width, height) > limits["side"]:
        return {"flaw": "photo-pixels"}
    if picture.format in {"PNG", "WEBP"} and getattr(picture, "n_frames", 1) > 1:
        return {"flaw": "photo-frames"}  # a JPEG may carry a preview or gain map behind it
    exif = picture.getexif()
    facts = {
        "width": width,
        "height": height,
        "tags": _plain(ExifTags.TAGS, exif) | _plain(ExifTags.TAGS, exif.get_ifd(0x8769)),
        "gps": _plain(ExifTags.GPSTAGS, exif.get_ifd(0x8825)),
    }
    longest = max(limits["copies"].values())
    picture.draft("RGB", (longest, longest))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    for name, side in limits["copies"].items():
        copy = bare.copy()
        copy.thumbnail((side, side), Image.Resampling.LANCZOS)
        copy.save(f"{target}-{name}.jpg", "JPEG", quality=QUALITY, optimize=True)
    return facts


def _plain(names: Mapping[int, str], found: Mapping[int, Any]) -> dict[str, Any]:
    wanted = {names.get(tag, ""): value for tag, value in found.items()}
    kept = {
        name: value
        for name, value in wanted.items()
        if name in WANTED or name.startswith(("GPSLatitude", "GPSLongitude"))
    }
    return {name: _value(value) for name, value in kept.items()}


def _value(value: Any) -> Any:
    """A tag as JSON can carry it: what is neither text nor number becomes nothing."""
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, tuple):
        return [_value(part) for part in value[:4]]
    try:
        return float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None


def main(source: str, target: str, limits: str) -> None:
    """Develop under hard limits of memory and time and print the facts as JSON."""
    bounds = json.loads(limits)
    resource.setrlimit(resource.RLIMIT_AS, (bounds["memory"], bounds["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds["seconds"], bounds["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(develop(Path(source), Path(target), bounds)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
