"""Which pictures are taken, and what is read out of them."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.photos.rules import (
    MOST_BYTES,
    Mime,
    exif_facts,
    exif_place,
    exif_time,
    flaw,
    mime,
    too_many_pixels,
)

words = st.text("N:S0123456789+- \x00度", max_size=20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner, inner),
    max_leaves=6,
)
tags = st.dictionaries(
    st.sampled_from(
        ["Make", "Model", "Orientation", "DateTimeOriginal", "OffsetTimeOriginal", "Software"]
    ),
    anything,
)
places = st.dictionaries(
    st.sampled_from(["GPSLatitude", "GPSLatitudeRef", "GPSLongitude", "GPSLongitudeRef"]), anything
)


def test_the_first_bytes_decide_the_format():
    assert mime(b"\xff\xd8\xff\xe1rest") is Mime.JPEG
    assert mime(b"RIFF\x00\x00\x00\x00WEBPVP8 ") is Mime.WEBP
    assert mime(b"GIF89a") is mime(b"<svg") is mime(b"") is None


@pytest.mark.parametrize(
    ("size", "head", "code"),
    [
        (0, b"", "photo-empty"),
        (MOST_BYTES + 1, b"\xff\xd8\xff", "photo-too-large"),
        (90, b"%!PS", "photo-format"),
        (90, b"\xff\xd8\xff", None),
    ],
)
def test_what_no_decoder_need_see_is_refused_before(size, head, code):
    assert flaw(size, head) == code


def test_fifty_megapixels_are_the_most():
    assert not too_many_pixels(8000, 6250)
    assert too_many_pixels(8000, 6251)
    assert too_many_pixels(12_001, 1)


def test_a_place_needs_both_halves():
    gps = {"GPSLatitude": (34, 45, Fraction(36, 1)), "GPSLatitudeRef": "N"}
    whole = gps | {"GPSLongitude": (113, 39, 36), "GPSLongitudeRef": "E"}

    assert exif_place(gps) is None
    assert exif_place(whole) == (113.66, 34.76)


def test_the_southern_and_western_halves_are_negative():
    gps = {
        "GPSLatitude": (10, 0, 0),
        "GPSLatitudeRef": "S",
        "GPSLongitude": (20, 30, 0),
        "GPSLongitudeRef": "W\x00",
    }

    assert exif_place(gps) == (-20.5, -10.0)


@pytest.mark.parametrize(
    ("stamp", "offset", "text"),
    [
        ("2026:11:06 10:00:00", "+08:00", "2026-11-06T10:00:00+08:00"),
        ("2026:11:06 10:00:00", None, "2026-11-06T10:00:00"),
        ("2026:11:06 10:00:00", "+99:00", "2026-11-06T10:00:00"),
        ("0000:00:00 00:00:00", "+08:00", None),
        (b"2026", None, None),
    ],
)
def test_a_time_is_read_with_its_zone_or_without(stamp, offset, text):
    assert exif_time(stamp, offset) == text


@given(tags, places)
def test_broken_tags_are_left_out_and_never_fail(found, gps):
    facts = exif_facts(found, gps)

    assert all(isinstance(value, (str, int, float)) for value in facts.values())
    assert all(math.isfinite(value) for value in facts.values() if isinstance(value, float))
