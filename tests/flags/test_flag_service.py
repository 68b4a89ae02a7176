"""Rounds are looked at once their track is in; what stands out is asked, answered, looked at."""

from datetime import timedelta

import pytest

from patrol.core.errors import Conflict, Forbidden, NotFound
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.flags import queries, service
from patrol.flags.drafts import Reply, Settling
from patrol.flags.model import Flag, Weighing
from patrol.flags.rules import Kind, Verdict
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.replay.model import Receipt
from patrol.rounds.model import Method, Mode, Round, TrackBatch, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW
from tests.flags.test_flag_rules import north

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEGUN = NOW - HOUR


class Site:
    """An officer, a leader, and rounds as phones leave them behind."""

    def __init__(self, make, database):
        self.make, self.database = make, database
        self.street, _, self.grid = make.tree()
        self.cell = make.cells(self.grid, 1)[0]
        self.officer = make.person(Role.OFFICER, self.grid, name="李巡")
        self.leader = make.person(Role.SQUAD_LEADER, self.street, name="王队")

    def round(self, *runs, officer=None, ended=NOW - 20 * MINUTE, begun=BEGUN):
        one = Round(
            id=uuid7(),
            officer_id=(officer or self.officer).id,
            grid_id=self.grid.id,
            mode=Mode.FOOT,
            started_at=begun,
            ended_at=ended,
            made_at=begun,
            received_at=begun,
        )
        self.make.store(one)
        for number, run in enumerate(runs):
            self.batch(one, run, number)
        return one

    def batch(self, one, run, number=0):
        self.make.store(
            TrackBatch(
                id=uuid7(),
                round_id=one.id,
                officer_id=one.officer_id,
                grid_id=one.grid_id,
                first=number * 1000,
                points=[[fix.lon, fix.lat, fix.accuracy, fix.at.timestamp()] for fix in run],
                from_at=run[0].at,
                to_at=run[-1].at,
                received_at=NOW,
            )
        )

    def visit(self, one, at, **more):
        visit = Visit(
            id=uuid7(),
            round_id=one.id,
            officer_id=one.officer_id,
            cell_id=self.cell.id,
            grid_id=self.grid.id,
            method=Method.CHECK_IN,
            grade=Grade.B,
            seen_at=at,
            made_at=at,
            received_at=at,
            **more,
        )
        self.make.store(visit)
        return visit

    def weigh(self, now=NOW):
        with self.database.transaction() as session:
            return service.weigh_rounds(session, now=now)

    def kinds(self):
        return [flag.kind for flag in self.make.rows(Flag)]


@pytest.fixture
def site(make, database):
    return Site(make, database)


@pytest.fixture
def flag(site):
    site.round(north(10, 600, start=BEGUN))
    site.weigh()
    return site.make.rows(Flag)[0]


def test_a_round_is_looked_at_ten_minutes_after_its_end_and_once(site):
    one = site.round(north(10, 600, start=BEGUN), ended=NOW - 9 * MINUTE)
    assert site.weigh() is None

    assert site.weigh(NOW + MINUTE) == 1

    assert site.weigh(NOW + MINUTE) is None
    (flag,) = site.make.rows(Flag)
    assert (flag.round_id, flag.officer_id, flag.kind) == (one.id, site.officer.id, Kind.TOO_FAST)
    assert flag.facts["speed"] > 9


def test_the_officer_is_told_and_the_ledger_knows(site, flag):
    (notice,) = site.make.rows(Notice)
    (entry,) = site.make.rows(LedgerEntry, LedgerEntry.kind == "flag.raised")

    assert (notice.person_id, notice.subject) == (site.officer.id, f"flag:{flag.id}")
    assert (entry.subject, entry.actor_id) == (f"flag:{flag.id}", None)


def test_an_honest_round_raises_nothing(site):
    site.round(north(1.3, 1200, start=BEGUN))

    assert site.weigh() == 1
    assert site.kinds() == []


def test_a_batch_that_came_late_is_looked_at_an_hour_later(site):
    one = site.round(north(1.3, 600, start=BEGUN))
    site.weigh()
    site.batch(one, north(10, 600, start=BEGUN + 20 * MINUTE), 1)
    assert site.weigh(NOW + 30 * MINUTE) is None

    assert site.weigh(NOW + HOUR) == 1

    assert site.kinds() == [Kind.TOO_FAST]
    (weighing,) = site.make.rows(Weighing)
    assert weighing.look_at == NOW - 20 * MINUTE + 6 * HOUR


def test_looking_again_asks_nothing_twice(site):
    one = site.round(north(10, 600, start=BEGUN))
    site.weigh()
    site.batch(one, north(12, 600, start=BEGUN + 20 * MINUTE), 1)

    site.weigh(NOW + HOUR)

    assert site.kinds() == [Kind.TOO_FAST]


def test_the_track_of_an_earlier_round_is_known_again(site):
    earlier = site.round(north(1.3, 1200, start=BEGUN))
    site.weigh()
    moved = north(1.3, 1200, start=BEGUN + 24 * HOUR)
    site.round(moved, begun=BEGUN + 24 * HOUR, ended=NOW + 24 * HOUR)

    site.weigh(NOW + 25 * HOUR)

    (flag,) = site.make.rows(Flag)
    assert (flag.kind, flag.facts["round"]) == (Kind.SEEN_BEFORE, str(earlier.id))


def test_a_clock_that_ran_ahead_is_read_from_the_ledger(site, database):
    from patrol.ledger.service import note

    one = site.round()
    visit = site.visit(one, BEGUN + MINUTE)
    with database.transaction() as session:
        note(session, None, "visit.recorded", visit.id, {"clock_ahead_s": 900.0}, at=NOW)

    site.weigh()

    (flag,) = site.make.rows(Flag)
    assert (flag.kind, flag.facts) == (Kind.CLOCK, {"ahead": 900})


def receipt(author, item, phone, seq, at):
    return Receipt(
        author_id=author.id,
        item_id=item,
        digest="0" * 64,
        device_id=phone,
        device_seq=seq,
        address="/rounds",
        received_at=at,
    )


def test_another_sending_from_the_same_phone_meanwhile_is_a_question(site):
    phone, other = uuid7(), site.make.person(Role.OFFICER, site.grid)
    one = site.round()
    site.make.store(
        receipt(site.officer, one.id, phone, 1, BEGUN),
        receipt(other, uuid7(), phone, 2, BEGUN + MINUTE),
    )

    site.weigh()

    (flag,) = site.make.rows(Flag)
    assert (flag.kind, flag.facts) == (Kind.SHARED_PHONE, {"people": 2})


def test_a_phone_handed_on_after_the_round_is_none(site):
    phone, other = uuid7(), site.make.person(Role.OFFICER, site.grid)
    one = site.round()
    site.make.store(
        receipt(site.officer, one.id, phone, 1, BEGUN),
        receipt(other, uuid7(), phone, 2, NOW - 5 * MINUTE),
    )

    site.weigh()

    assert site.kinds() == []


def test_own_words_are_counted_over_a_month_and_codes_are_not(site):
    before = site.round(begun=BEGUN - 48 * HOUR, ended=NOW - 48 * HOUR)
    for number in range(4):
        site.visit(before, BEGUN - (48 - number) * HOUR, reason="楼道里没有信号啊")
        site.visit(before, BEGUN - (40 - number) * HOUR, reason="no_signal")
    one = site.round()
    site.visit(one, BEGUN + MINUTE, reason="楼道里没有信号啊")
    site.visit(one, BEGUN + 2 * MINUTE, reason="no_signal")

    site.weigh()

    (flag,) = site.make.rows(Flag)
    assert (flag.kind, flag.facts["times"]) == (Kind.SAME_WORDS, 5)


def test_the_officer_answers_and_nobody_else_may(site, flag, act):
    draft = Reply(text="搭了同事的车去处理投诉")

    act(service.reply, site.make.actor(site.officer), flag.id, draft, key=uuid7(), now=NOW)

    with pytest.raises(Forbidden):
        act(service.reply, site.make.actor(site.leader), flag.id, draft, key=uuid7(), now=NOW)
    with site.database.reading() as session:
        assert [one.text for one in queries.answers_to(session, flag.id)] == [draft.text]


def test_a_leader_looks_at_it_once_and_the_officer_hears(site, flag, act):
    leader, said = site.make.actor(site.leader), Settling(verdict="explained", remark="搭车属实")

    act(service.settle, leader, flag.id, said, now=NOW)

    kept = site.make.reload(Flag, flag.id)
    assert (kept.verdict, kept.settled_by) == (Verdict.EXPLAINED, site.leader.id)
    assert "flag.settled" in {notice.kind for notice in site.make.rows(Notice)}
    with pytest.raises(Conflict):
        act(service.settle, leader, flag.id, said, now=NOW)
    officer, reply = site.make.actor(site.officer), Reply(text="还有话要说")
    with pytest.raises(Conflict):
        act(service.reply, officer, flag.id, reply, key=uuid7(), now=NOW)


def test_nobody_settles_a_question_about_an_own_round(site, act):
    site.make.post(site.leader, Role.OFFICER, site.grid)
    site.round(north(10, 600, start=BEGUN), officer=site.leader)
    site.weigh()
    (flag,) = site.make.rows(Flag)

    leader, said = site.make.actor(site.leader), Settling(verdict="explained", remark="我自己知道")
    with pytest.raises(Forbidden):
        act(service.settle, leader, flag.id, said, now=NOW)


def test_elsewhere_nobody_knows_of_it(site, flag, act):
    stranger = site.make.actor(site.make.person(Role.SQUAD_LEADER, site.make.grid(tier=1)))
    said = Settling(verdict="open", remark="不明白")

    with pytest.raises(NotFound):
        act(service.settle, stranger, flag.id, said, now=NOW)
    with site.database.reading() as session:
        assert queries.listed(session, stranger) == []


def test_the_list_goes_by_days_and_says_no_count_of_anybody(site, flag):
    with site.database.reading() as session:
        (card,) = queries.listed(session, site.make.actor(site.leader))

    assert (card.officer, card.answered, card.verdict) == ("李巡", False, None)
    assert not any("count" in name or "score" in name for name in vars(card))
