"""The pieces of the demo: its ground, its walks and its pictures, the same for one seed."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from PIL import Image

from patrol.core.geo import area_m2
from patrol.core.store import uuid7
from patrol.demo import place
from patrol.demo.agenda import Agenda
from patrol.demo.load import SEED
from patrol.demo.pictures import SIZE, picture
from patrol.demo.walking import in_bands, walk
from patrol.grid.queries import CellCard
from patrol.grid.rules import Area, faults, outside
from patrol.rounds.model import Mode
from patrol.rounds.rules import segments

BEGINS = datetime(2026, 11, 6, 1, 0, tzinfo=UTC)


def cells(wide: int = 6, high: int = 4) -> list[CellCard]:
    return [
        CellCard(uuid7(), f"c{n}", n + 1, 113.66 + n % wide * 0.0011, 34.77 + n // wide * 0.0009,
                 UUID(int=1))
        for n in range(wide * high)
    ]  # fmt: skip


def test_the_ground_is_sound_and_every_tier_tiles_the_one_above() -> None:
    tiers = place.pieces(Random(SEED))

    assert [len(tier) for tier in tiers] == [1, 5, 20, 70]
    for tier in tiers:
        assert faults([Area(one.code, one.name, one.shape, one.parent) for one in tier]) == []
    for above, tier in pairwise(tiers):
        by_code = {one.code: one.shape for one in above}
        for one in tier:
            parent = by_code[str(one.parent)]
            assert outside(Area(one.code, one.name, one.shape), parent) == []
    assert 29e6 < sum(area_m2(one.shape) for one in tiers[3]) < 31e6


def test_the_ground_is_the_same_for_one_seed() -> None:
    one, other = (place.pieces(Random(SEED)) for _ in range(2))

    assert [[piece.shape.wkb for piece in tier] for tier in one] == [
        [piece.shape.wkb for piece in tier] for tier in other
    ]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_walk_is_one_unbroken_track_through_every_cell(mode: Mode) -> None:
    ordered = in_bands(cells())

    track = walk(ordered, BEGINS, mode, Random(1))

    assert len(segments(track.fixes, timedelta(seconds=30))) == 1
    assert all(one.at < other.at for one, other in pairwise(track.fixes))
    assert track.fixes[-1].at < track.ends_at
    near = [min(abs(f.lon - c.lon) + abs(f.lat - c.lat) for f in track.fixes) for c in ordered]
    assert max(near) < 0.0006


def test_the_bands_go_to_and_fro() -> None:
    ordered = in_bands(cells(4, 2))

    assert [cell.number for cell in ordered] == [5, 6, 7, 8, 4, 3, 2, 1]


@pytest.mark.parametrize("code", ["E0101", "E0203", "E0304", "E0401", "E0505", "E0698", "C0101"])
def test_a_picture_is_a_jpeg_that_differs_once_the_trouble_is_gone(code: str) -> None:
    before, again, after = picture(code, 7), picture(code, 7), picture(code, 7, after=True)

    assert before == again != after
    assert Image.open(BytesIO(before)).size == SIZE


def test_the_agenda_keeps_the_order_of_time_and_of_asking() -> None:
    agenda, done = Agenda(), []
    for name, minutes in (("late", 5), ("first", 1), ("second", 1)):
        agenda.add(BEGINS + timedelta(minutes=minutes), lambda *_, name=name: done.append(name))

    while (following := agenda.next_by(BEGINS + timedelta(minutes=4))) is not None:
        following[1](None, following[0])  # type: ignore[arg-type]

    assert done == ["first", "second"]
