"""How far the ledger was read is remembered, and nobody can use that to hide a change."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from patrol.core.roles import Role
from patrol.ledger import queries, reading
from patrol.ledger.model import LedgerReading
from patrol.ledger.queries import Mark
from patrol.ledger.service import note
from tests.conftest import NOW
from tests.ledger.test_ledger import tamper

SECRET = "a key for tests that is long enough"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Pages read four entries whole, and the job reads three at a time."""
    monkeypatch.setattr(reading, "SMALL", 4)
    monkeypatch.setattr(reading, "PIECE", 3)


@pytest.fixture
def write(database):
    def run(entries):
        with database.transaction() as session:
            for _ in range(entries):
                note(session, None, "round.started", "round:1", {}, at=NOW)

    return run


@pytest.fixture
def job(database):
    """Run the job until it has nothing to do; what is known then."""

    def run(now=NOW):
        steps = 0
        while steps < 20:
            with database.transaction() as session:
                if reading.read_on(session, SECRET, now=now) is None:
                    break
            steps += 1
        with database.reading() as session:
            return reading.known(session, SECRET)

    return run


def test_the_job_reads_what_is_new_and_all_again_after_a_day(write, job, make):
    write(7)
    first = job()
    write(2)
    second = job(NOW + DAY / 2)
    third = job(NOW + DAY)

    assert (first.seq, first.whole_seq, first.whole_at) == (7, 7, NOW)
    assert (second.seq, second.whole_seq) == (9, 7)
    assert (third.seq, third.whole_seq, third.whole_at) == (9, 9, NOW + DAY)


def test_a_change_in_what_was_read_is_found_when_it_is_read_again(write, job, database):
    write(9)
    job()
    tamper(database, "UPDATE ledger_entry SET kind = 'finding.closed' WHERE seq = 3")

    assert job(NOW + DAY / 2).bad is None
    assert (found := job(NOW + DAY)).bad == 3
    assert found.fault == "hash"
    with database.reading() as session:
        assert queries.verify(session).bad == 3  # whoever reads all finds it at once


FORGERIES = {
    "moved on": "UPDATE ledger_reading SET seq = 9, hash = (SELECT hash FROM ledger_head)",
    "another day": "UPDATE ledger_reading SET whole_seq = 9",
    "no fault": "UPDATE ledger_reading SET bad = 7",
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_mark_that_others_moved_counts_for_nothing(write, job, database, how):
    write(6)
    job()
    write(3)
    with database.transaction() as session:
        session.execute(text(FORGERIES[how]))

    with database.reading() as session:
        assert reading.known(session, SECRET) is None
    assert job().seq == 9


def test_another_sites_mark_counts_for_nothing(write, job, database):
    write(3)
    job()

    with database.reading() as session:
        assert reading.known(session, "another secret, as long as the first") is None


def test_a_chain_that_was_rewritten_before_the_mark_is_found_by_reading_on(write, database):
    write(6)
    with database.reading() as session:
        verdict = queries.verify(session, after=Mark(4, "f" * 64))

    assert (verdict.bad, verdict.fault) == (4, "mark")


def test_pieces_of_the_chain_come_to_the_whole(write, database):
    write(7)
    with database.reading() as session:
        whole = queries.verify(session)
        mark = queries.START
        for _ in range(3):
            piece = queries.verify(session, after=mark, most=3)
            mark = Mark(piece.entries, piece.head)

    assert (piece.entries, piece.head, piece.sound) == (whole.entries, whole.head, True)


def test_the_page_says_what_it_read_now_and_what_was_read_when(browser, write, job, database):
    browser.sign_in(browser.make.person(Role.AUDITOR))
    write(7)
    assert "台账完好" in browser.get("/ledger/verification").text
    job()
    write(2)

    page = browser.get("/ledger/verification").text
    assert "台账新增部分完好" in page
    assert "8–9" in page
    assert "第 1–7 条" in page
    tamper(database, "UPDATE ledger_entry SET kind = 'finding.closed' WHERE seq = 3")
    assert "台账新增部分完好" in browser.get("/ledger/verification").text
    assert "第 3 条" in browser.get("/ledger/verification?all=1").text
    job(NOW + DAY)
    assert "第 3 条" in browser.get("/ledger/verification").text


def test_a_fault_stays_until_the_whole_chain_is_sound_again(write, job, database, make):
    write(5)
    job()
    with database.transaction() as session:
        reading.keep(session, queries.Verdict(5, "x", 3, "hash", since=4), SECRET, now=NOW)
    assert job(NOW + DAY).bad == 3

    with database.transaction() as session:
        reading.keep(session, queries.verify(session), SECRET, now=NOW + DAY)

    (kept,) = make.rows(LedgerReading)
    assert (kept.bad, kept.whole_at) == (None, NOW + DAY)
