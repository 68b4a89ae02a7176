"""The server is killed by SIGKILL at exact points; the phone sends on; one row, the same bytes.

The rows are those of the fault matrix: C client, S server. A phone that waits for its answer
through the kill is C3: it hears nothing and sends the same bytes again.
"""

import hashlib
import os
import random
import time
from datetime import datetime, timedelta, timezone

import pytest

from patrol.findings.model import Finding
from patrol.ledger.model import LedgerEntry
from patrol.ledger.queries import verify
from patrol.photos import files
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from patrol.rounds.model import Round, Visit
from tests.journeys.site import Site
from tests.torture import phone as officer
from tests.torture.phone import Item, Phone
from tests.torture.run import CLASS

DAY = timedelta(days=1)
BIG = 640  # pixels of noise a side: more bytes than are written in one go


def all_sent(phone: Phone) -> None:
    until = time.monotonic() + 60
    while not phone.drain():
        assert time.monotonic() < until
        time.sleep(0.02)


def found_with_photo(phone: Phone, city: Site, chance: random.Random, side: int = 48) -> Item:
    cell = city.cells[0]
    return officer.finding(phone, CLASS, cell.lon, cell.lat, officer.picture(chance, side))


def is_there_once(city: Site, item: Item) -> None:
    """One row, one receipt, one line of the ledger each, and the photo byte for byte."""
    [row] = city.make.rows(Finding, Finding.remark == str(item.id))
    [photo] = city.make.rows(Photo, Photo.subject == f"finding:{item.id}")
    [_] = city.make.rows(Receipt, Receipt.item_id == item.id)
    kept = files.original(city.home / "media", photo.sha256).read_bytes()
    assert row.id == item.id
    assert photo.stored_at is not None
    assert kept == item.photos[0].body
    for subject, kinds in ((row.id, ("finding.recorded",)), (photo.id, ("photo.stored",))):
        noun = kinds[0].partition(".")[0]
        lines = city.make.rows(LedgerEntry, LedgerEntry.subject == f"{noun}:{subject}")
        assert [line.kind for line in lines].count(kinds[0]) == 1
    with city.database.reading() as session:
        assert verify(session).sound


@pytest.mark.parametrize(
    ("point", "rows", "statuses"),
    [
        pytest.param("reading-body", 0, [0, 201, 204], id="S1 while reading"),
        pytest.param("before-commit", 0, [0, 201, 204], id="S4 before commit"),
        pytest.param("after-commit", 1, [0, 200, 204], id="S5 C3 after commit, answer lost"),
    ],
)
def test_a_record_survives(city, server, phone, chance, point, rows, statuses):
    server.start(f"{point}:POST:/findings")
    item = found_with_photo(phone, city, chance)

    assert not phone.drain()
    server.wait_for_its_end()
    assert len(city.make.rows(Finding, Finding.remark == str(item.id))) == rows

    server.start()
    all_sent(phone)
    assert item.statuses == statuses
    is_there_once(city, item)


@pytest.mark.parametrize(
    ("point", "stored", "begun", "original"),
    [
        pytest.param("reading-body", False, 1, False, id="C5 S1 mid-photo"),
        pytest.param("temp-written", False, 1, False, id="S2 before fsync"),
        pytest.param("renamed", False, 0, True, id="S3 after rename"),
        pytest.param("before-commit", False, 0, True, id="S3 before the photo's commit"),
        pytest.param("after-commit", True, 0, True, id="S5 after the photo's commit"),
    ],
)
def test_a_photo_survives(city, server, phone, chance, point, stored, begun, original):
    media = city.home / "media"
    server.start(f"{point}:PUT:/findings")
    item = found_with_photo(phone, city, chance, BIG)

    assert not phone.drain()
    server.wait_for_its_end()
    [photo] = city.make.rows(Photo, Photo.subject == f"finding:{item.id}")
    assert (photo.stored_at is not None) is stored
    assert files.original(media, photo.sha256).exists() is original
    left = list((media / "incoming").glob("*"))
    assert len(left) == begun

    server.start()
    all_sent(phone)
    assert item.statuses == [201, 0, 204]
    is_there_once(city, item)
    for desk in left:  # swept once nobody can be working at it any more
        os.utime(desk, (0, 0))
    assert files.sweep(media) == begun
    assert not list((media / "incoming").iterdir())


@pytest.mark.parametrize("point", ["before-commit", "after-commit"])
@pytest.mark.parametrize("path", ["/rounds", "/rounds/visits", "/rounds/ends"])
def test_a_round_survives(city, server, phone, point, path):
    server.start(f"{point}:POST:{path}")
    cell = city.cells[1]
    walked = officer.start(phone, city.grid.id)
    visit = officer.visit(phone, walked, cell.id, cell.lon, cell.lat)
    officer.end(phone, walked)

    items = list(phone.items)
    while not any(0 in item.statuses for item in items):
        phone.drain()
    server.wait_for_its_end()
    server.start()
    all_sent(phone)

    [there] = city.make.rows(Round, Round.officer_id == phone.author)
    [seen] = city.make.rows(Visit, Visit.officer_id == phone.author)
    receipts = city.make.rows(Receipt, Receipt.author_id == phone.author)
    assert (there.id, seen.id, seen.round_id) == (walked.id, visit.id, walked.id)
    assert there.ended_at is not None
    assert sorted(receipt.device_seq for receipt in receipts) == [1, 2, 3]


def test_c4_a_phone_that_dies_after_the_answer_sends_again_and_gets_the_same_receipt(
    city, server, phone, chance
):
    server.start()
    item = found_with_photo(phone, city, chance)
    all_sent(phone)
    first = city.make.rows(Receipt, Receipt.item_id == item.id)

    item.acked = item.photos[0].acked = False
    phone.items.append(item)
    all_sent(phone)

    assert item.statuses == [201, 204, 200, 204]
    assert city.make.rows(Receipt, Receipt.item_id == item.id) == first
    is_there_once(city, item)


@pytest.mark.parametrize("days", [-1, 1])
def test_c9_a_clock_a_day_off_is_taken_as_it_is_and_order_is_the_phones(
    city, server, phone, days, monkeypatch
):
    told = officer._now()
    wrong = [
        (name, (datetime.fromisoformat(str(at)) + days * DAY).isoformat()) for name, at in told
    ]
    monkeypatch.setattr(officer, "_now", lambda: wrong)
    server.start()
    cell = city.cells[2]
    walked = officer.start(phone, city.grid.id)
    seen = officer.visit(phone, walked, cell.id, cell.lon, cell.lat)
    found = officer.finding(phone, CLASS, cell.lon, cell.lat)
    officer.end(phone, walked)
    all_sent(phone)

    [visit] = city.make.rows(Visit, Visit.officer_id == phone.author)
    [finding] = city.make.rows(Finding, Finding.officer_id == phone.author)
    receipts = city.make.rows(Receipt, Receipt.author_id == phone.author)
    at = sorted((receipt.received_at, receipt.device_seq) for receipt in receipts)
    assert (visit.id, finding.id) == (seen.id, found.id)
    assert [seq for _, seq in at] == [1, 2, 3, 4]
    assert visit.made_at <= receipts[0].received_at + DAY / 24  # never of a time still to come
    assert abs(finding.received_at - city.now) < DAY / 24


def test_c9_a_zone_changed_in_mid_round_moves_no_moment(city, server, phone, monkeypatch):
    now, east = officer._now, iter(range(-11, 13, 6))

    def elsewhere():
        zone = timezone(timedelta(hours=next(east)))
        return [
            (name, datetime.fromisoformat(str(at)).astimezone(zone).isoformat())
            for name, at in now()
        ]

    monkeypatch.setattr(officer, "_now", elsewhere)
    server.start()
    walked = officer.start(phone, city.grid.id)
    for cell in city.cells[3:5]:
        officer.visit(phone, walked, cell.id, cell.lon, cell.lat)
    officer.end(phone, walked)
    all_sent(phone)

    [there] = city.make.rows(Round, Round.officer_id == phone.author)
    visits = city.make.rows(Visit, Visit.officer_id == phone.author)
    assert there.ended_at is not None
    moments = [there.started_at, *sorted(one.made_at for one in visits), there.ended_at]
    assert len(moments) == 4
    assert moments == sorted(moments)
    assert city.now - moments[0] < DAY / 24


@pytest.mark.parametrize(
    "headers", [(), ("X-Device-Seq", "X-Prev"), ("X-Device", "X-Device-Seq", "X-Prev", "X-Author")]
)
def test_c11_what_older_versions_froze_is_taken(city, server, phone, chance, headers):
    server.start()
    item = found_with_photo(phone, city, chance)
    item.headers = {name: told for name, told in item.headers.items() if name not in headers}

    all_sent(phone)

    is_there_once(city, item)
    assert (
        hashlib.sha256(item.body).hexdigest()
        == city.make.rows(Receipt, Receipt.item_id == item.id)[0].digest
    )
