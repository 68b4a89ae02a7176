"""Pictures that come in: kept by their hash, shown without metadata, refused when hostile."""

import csv
import errno
import hashlib
import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from patrol.core.errors import Full, Refused
from patrol.photos import files
from patrol.photos.rules import MOST_BYTES

SHARED = next(
    (
        place
        for up in Path(__file__).parents
        for place in (up / "shared" / "data", up.parent / "shared" / "data")
        if place.is_dir()
    ),
    Path("absent"),
)
REAL = sorted((SHARED / "photos").glob("*.*"))
HOSTILE = sorted((SHARED / "hostile_images").glob("*__*"))
TAKEN = {".jpg"}
BROKEN = {"pillow__ultrahdr.jpg"}  # its pixel data is cut short
HARMLESS = {  # odd, but whole pictures
    "pillow__broken_exif_dpi.jpg",
    "pillow__jpeg_ff00_header.jpg",
    "pillow__multiple_exif.jpg",
    "pillow__junk_jpeg_header.jpg",
}


def picture(size=(64, 48), kind="JPEG", **more):
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, kind, **more)
    return made.getvalue()


def leftovers(media):
    return [path for path in media.rglob("*") if path.is_file()]


def test_the_original_lies_under_its_hash_byte_for_byte(tmp_path):
    came = picture()

    kept = files.store(tmp_path, io.BytesIO(came))

    assert kept.sha256 == hashlib.sha256(came).hexdigest()
    assert files.original(tmp_path, kept.sha256).read_bytes() == came
    assert (kept.width, kept.height, kept.mime) == (64, 48, "image/jpeg")
    assert not list((tmp_path / "incoming").iterdir())


def test_the_same_picture_twice_is_one(tmp_path):
    came = picture()

    files.store(tmp_path, io.BytesIO(came))
    before = sorted(leftovers(tmp_path))
    files.store(tmp_path, io.BytesIO(came))

    assert sorted(leftovers(tmp_path)) == before


def test_other_bytes_than_announced_are_refused(tmp_path):
    with pytest.raises(Refused, match="photo-digest"):
        files.store(tmp_path, io.BytesIO(picture()), "0" * 64)

    assert not leftovers(tmp_path)


@pytest.mark.parametrize("ours", [True, False])
def test_copies_are_upright_small_and_bare(tmp_path, ours):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 45.0, 36.0), 3: "E", 4: (113.0, 39.0, 36.0)})
    came = picture((3000, 2000), exif=exif)

    kept = files.store(tmp_path, io.BytesIO(came), ours=ours)

    with Image.open(files.display(tmp_path, kept.sha256, "large")) as shown:
        assert shown.size == (1067, 1600)
        assert not shown.getexif()
    with Image.open(files.display(tmp_path, kept.sha256, "small")) as shown:
        assert max(shown.size) == 320
    assert kept.exif == {"make": "Maker", "orientation": 6, "lon": 113.66, "lat": 34.76}


@pytest.mark.parametrize(
    ("came", "code"),
    [
        (b"", "photo-empty"),
        (b"%PDF-1.7 and so on", "photo-format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo-format"),
        (b"\xff\xd8\xff" + b"\0" * 4000, "photo-format"),
        (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, "photo-too-large"),
        (b"\x89PNG\r\n\x1a\n<html>", "photo-format"),
        (picture()[:-40], "photo-broken"),
        (picture((64, 64), "GIF"), "photo-format"),
        (picture((12_001, 4)), "photo-pixels"),
        (picture((7100, 7100), "PNG", compress_level=1), "photo-pixels"),
        (
            picture((8, 8), "PNG", save_all=True, append_images=[Image.new("RGB", (8, 8))]),
            "photo-frames",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.hostile
def test_what_is_no_photo_is_refused_and_leaves_nothing(tmp_path, came, code):
    with pytest.raises(Refused) as refused:
        files.store(tmp_path, io.BytesIO(came))

    assert refused.value.code == code
    assert not leftovers(tmp_path)


def test_a_web_page_behind_a_picture_is_not_in_what_is_shown(tmp_path):
    came = picture() + b"<script>alert(1)</script>"

    kept = files.store(tmp_path, io.BytesIO(came))

    assert b"<script>" not in files.display(tmp_path, kept.sha256, "large").read_bytes()


def test_the_largest_picture_fits_into_the_memory_given(tmp_path):
    came = picture((8000, 6250), quality=30)

    kept = files.store(tmp_path, io.BytesIO(came))

    assert kept.width * kept.height == 50_000_000


@pytest.mark.skipif(not REAL, reason="the shared photos are not here")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_photos_are_taken_by_their_format(tmp_path, path):
    if path.suffix == ".csv":
        return
    came = path.read_bytes()
    wanted = path.suffix in TAKEN and path.name not in BROKEN

    if not wanted:
        with pytest.raises(Refused):
            files.store(tmp_path, io.BytesIO(came), ours=True)
        assert not leftovers(tmp_path)
        return
    kept = files.store(tmp_path, io.BytesIO(came), ours=True)

    with (SHARED / "photos" / "index.csv").open() as index:
        row = next(row for row in csv.DictReader(index) if row["file"] == path.name)
    assert kept.sha256 == row["sha256"]
    place = row["gps_lat_lng"]
    if "," in place and place != "PARTIAL:0":
        lat, lon = (float(part) for part in place.split(","))
        assert (kept.exif["lat"], kept.exif["lon"]) == pytest.approx((lat, lon), abs=1e-4)
    else:
        assert "lat" not in kept.exif


@pytest.mark.hostile
@pytest.mark.skipif(not HOSTILE, reason="the shared hostile pictures are not here")
@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.name)
def test_hostile_pictures_are_refused_or_made_harmless(tmp_path, path):
    began = time.monotonic()

    try:
        files.store(tmp_path, io.BytesIO(path.read_bytes()))
        taken = True
    except Refused:
        taken = False
        assert not leftovers(tmp_path)

    assert taken is (path.name in HARMLESS)
    assert time.monotonic() - began < 30


def test_a_full_disk_is_no_fault_of_the_picture_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)

    with pytest.raises(Full):
        files.store(tmp_path, io.BytesIO(picture()))

    assert not leftovers(tmp_path)


def test_with_little_room_left_no_picture_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROOM", 2**62)

    with pytest.raises(Full):
        files.store(tmp_path, io.BytesIO(picture()))

    assert not (tmp_path / "incoming").exists()


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path):
    old, fresh = tmp_path / "incoming" / "old", tmp_path / "incoming" / "fresh"
    for desk in (old, fresh):
        desk.mkdir(parents=True)
        (desk / "came").write_bytes(picture()[:100])
    long_ago = time.time() - files.LEFT_BEHIND - 60
    os.utime(old, (long_ago, long_ago))
    kept = files.store(tmp_path, io.BytesIO(picture()))

    assert files.sweep(tmp_path) == 1
    assert not old.exists()
    assert fresh.exists()
    assert files.original(tmp_path, kept.sha256).is_file()
