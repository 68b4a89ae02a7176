"""Where pictures lie: originals by their hash and never shown, display copies beside them."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from patrol.core.errors import Full, Refused
from patrol.photos import developing
from patrol.photos.rules import (
    DISPLAY,
    MOST_BYTES,
    MOST_PER_SIDE,
    MOST_PIXELS,
    PILLOW,
    Mime,
    exif_facts,
    flaw,
    mime,
)

LIMITS = {
    "formats": list(PILLOW.values()),
    "pixels": MOST_PIXELS,
    "side": MOST_PER_SIDE,
    "copies": DISPLAY,
    "memory": 512 * 1024 * 1024,  # bytes of address space
    "seconds": 10,  # of processor time
}
PATIENCE = 60  # seconds by the wall clock, on a busy machine
ROOM = 64 * 1024 * 1024  # bytes that stay free, so that a picture is never cut short
LEFT_BEHIND = 3600  # seconds after which nobody works at a desk any more
_CHUNK = 256 * 1024
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_darkrooms = threading.BoundedSemaphore(2)  # pictures developed at once, so the rest is served


@dataclass(frozen=True)
class Picture:
    """A stored picture: what it is, and what its camera wrote into it."""

    sha256: str
    size: int
    mime: Mime
    width: int
    height: int
    exif: dict[str, Any]


def original(media: Path, sha256: str) -> Path:
    """Where the bytes as they came lie."""
    return media / "originals" / sha256[:2] / sha256


def display(media: Path, sha256: str, size: str) -> Path:
    """Where a display copy lies; `size` is one of `DISPLAY`."""
    return media / "display" / sha256[:2] / f"{sha256}-{size}.jpg"


def store(
    media: Path, stream: IO[bytes], sha256: str | None = None, *, ours: bool = False
) -> Picture:
    """Check, develop and keep what `stream` holds; once it returns, it is on the disk.

    `sha256`: what the sender says it is. `ours`: made by ourselves, so developed in process.
    Storing the same picture again changes nothing. Raises `Refused` (`photo-empty`,
    `photo-too-large`, `photo-format`, `photo-digest`, `photo-pixels`, `photo-frames`,
    `photo-broken`) and then nothing is left behind; `Full` when there is no room for it.
    """
    try:
        return _store(media, stream, sha256, ours=ours)
    except OSError as fault:
        if fault.errno in _NO_ROOM:
            raise Full from fault
        raise


def sweep(media: Path) -> int:
    """Clear away what a process that was killed left half done; how many pictures that were."""
    before, left = time.time() - LEFT_BEHIND, 0
    for desk in (media / "incoming").glob("*"):
        with suppress(FileNotFoundError):  # its picture has just been put away
            if desk.stat().st_mtime < before:
                shutil.rmtree(desk)
                left += 1
    return left


def _store(media: Path, stream: IO[bytes], sha256: str | None, *, ours: bool) -> Picture:
    media.mkdir(parents=True, exist_ok=True)
    if not _has_room(media):
        raise Full
    with _desk(media) as desk:
        came = desk / "came"
        found, size, head = _write(came, stream)
        if code := flaw(size, head):
            raise Refused(code, "photo", size=size, most=MOST_BYTES)
        if sha256 is not None and found != sha256.lower():
            raise Refused("photo-digest", "photo")
        kind = mime(head)
        facts = developing.develop(came, desk / "copy", LIMITS) if ours else _apart(came, desk)
        if "flaw" in facts and not _has_room(media):
            raise Full  # whatever the decoder made of a disk that filled up meanwhile
        if kind is None or "flaw" in facts:
            raise Refused(facts.get("flaw", "photo-format"), "photo")
        for name in DISPLAY:
            _put(desk / f"copy-{name}.jpg", display(media, found, name))
        _put(came, original(media, found))
        exif = exif_facts(facts["tags"], facts["gps"])
        return Picture(found, size, kind, facts["width"], facts["height"], exif)


def _has_room(media: Path) -> bool:
    room = os.statvfs(media)
    return room.f_bavail * room.f_frsize >= ROOM


def _apart(source: Path, desk: Path) -> dict[str, Any]:
    """Develop in a process of its own; one that dies or dawdles had a broken picture."""
    command = [sys.executable, "-I", developing.__file__, str(source), str(desk / "copy")]
    with _darkrooms:
        try:
            done = subprocess.run(  # noqa: S603 -- our own script; the picture is only a path
                [*command, json.dumps(LIMITS)],
                capture_output=True,
                timeout=PATIENCE,
                check=True,
                env={},
            )
            facts: dict[str, Any] = json.loads(done.stdout)
        except (subprocess.SubprocessError, ValueError):
            return {"flaw": "photo-broken"}
    return facts


def _write(path: Path, stream: IO[bytes]) -> tuple[str, int, bytes]:
    """Copy at most one byte too many, hashing on the way; the bytes are on the disk after."""
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("xb") as file:
        while size <= MOST_BYTES and (chunk := stream.read(_CHUNK)):
            head = head or chunk[:16]
            digest.update(chunk)
            file.write(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size, head


def _put(source: Path, place: Path) -> None:
    """Move into place so that it is there whole or not at all, even if the power fails."""
    fresh = not place.parent.exists()
    place.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(place)
    _sync(place.parent)
    if fresh:
        _sync(place.parent.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _desk(media: Path) -> Iterator[Path]:
    """A folder of its own on the same disk, gone afterwards whatever happened."""
    desk = media / "incoming" / secrets.token_hex(12)
    desk.mkdir(parents=True)
    try:
        yield desk
    finally:
        shutil.rmtree(desk, ignore_errors=True)
