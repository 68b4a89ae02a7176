"""Shifts are told forwards; a handover is there before its moment, and both sign it, once."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from patrol.core.errors import Forbidden, NotFound, Refused
from patrol.core.roles import PostKind, Role
from patrol.core.store import uuid7
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.people.model import Excuse, ExcuseKind, Post, Shift
from patrol.people.queries import answering
from patrol.shifts import service
from patrol.shifts.drafts import NewShifts, Signature
from patrol.shifts.model import Handover
from patrol.shifts.rules import Band, Closing
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TODAY = NOW.astimezone(ZONE).date()  # it is ten in the morning


@pytest.fixture
def tree(make):
    return make.tree()


@pytest.fixture
def boss(make, tree):
    return make.person(Role.SQUAD_LEADER, tree[0])


def tell(act, make, boss, *people, band=Band.EARLY, day=TODAY + DAY, days=1, **more):
    logins = [one.login for one in people]
    draft = NewShifts(logins=logins, band=band, from_day=day, days=days, **more)
    return act(service.tell, make.actor(boss), draft, now=NOW, zone=ZONE)


def run(database, step, now=NOW):
    with database.transaction() as session:
        return step(session, now=now)


def sign(act, make, who, handover, now=NOW, **more):
    def signing(session, actor):
        row = session.get(Handover, handover.id)
        return service.sign(session, actor, row, Signature(**more), now=now)

    return act(signing, make.actor(who))


@pytest.fixture
def relief(make, tree):
    """An officer, and another who takes over at noon for a day."""
    officer = make.person(Role.OFFICER, tree[2])
    other = make.person(Role.OFFICER, tree[1])
    times = {"from_at": NOW + 2 * HOUR, "to_at": NOW + DAY}
    make.post(other, Role.OFFICER, tree[2], kind=PostKind.RELIEF, **times)
    return officer, other


def test_nobody_calls_off_a_shift_of_their_own_where_others_lead(act, make, boss):
    away = make.grid(tier=1)
    make.post(boss, Role.OFFICER, away)
    tell(act, make, make.person(Role.BRIGADE_LEADER, away), boss)
    (shift,) = make.rows(Shift)

    with pytest.raises(Forbidden):
        act(
            lambda session, actor: service.call_off(
                session, actor, session.get(Shift, shift.id), now=NOW, zone=ZONE
            ),
            make.actor(boss),
        )


def test_a_shift_is_told_on_every_post_that_walks(act, make, tree, boss):
    officer = make.person(Role.OFFICER, tree[1])
    make.post(officer, Role.OFFICER, tree[2])

    told = tell(act, make, boss, officer, days=3)

    assert len(told) == 6
    first = min(told, key=lambda one: one.from_at)
    assert (first.to_at - first.from_at, first.from_at.astimezone(ZONE).hour) == (7 * HOUR, 7)
    assert [one.kind for one in make.rows(Notice)] == ["shift.told"]
    (line,) = make.rows(LedgerEntry, LedgerEntry.kind == "shift.told")
    assert line.subject == f"person:{officer.id}"


def test_a_night_shift_ends_the_next_morning_and_only_on_its_days(act, make, tree, boss):
    officer = make.person(Role.OFFICER, tree[2])

    told = tell(act, make, boss, officer, band=Band.NIGHT, day=TODAY, days=7, weekdays=[6, 7])

    assert [one.to_at - one.from_at for one in told] == [10 * HOUR] * 2


def test_who_is_on_duty_answers_for_the_grid(act, make, database, tree, boss):
    one, other = make.person(Role.OFFICER, tree[2]), make.person(Role.OFFICER, tree[2])
    tell(act, make, boss, one, band=Band.EARLY)
    tell(act, make, boss, other, band=Band.LATE)
    tomorrow = NOW.astimezone(ZONE).replace(hour=8) + DAY

    with database.reading() as session:
        early, late = (
            answering(session, tree[2].id, Role.OFFICER, at=at)[0].person_id
            for at in (tomorrow, tomorrow + 8 * HOUR)
        )

    assert (early, late) == (one.id, other.id)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"day": TODAY - DAY}, "shift-in-the-past"),
        ({"day": TODAY, "weekdays": [1]}, "shift-without-post"),
    ],
)
def test_what_cannot_be_told_is_refused(act, make, tree, boss, change, code):
    officer = make.person(Role.OFFICER, tree[2])

    with pytest.raises(Refused, match=code):
        tell(act, make, boss, officer, **change)


def test_hours_that_clash_are_refused(act, make, tree, boss):
    officer = make.person(Role.OFFICER, tree[2])
    tell(act, make, boss, officer, band=Band.EARLY)

    with pytest.raises(Refused, match="shift-clashes"):
        tell(act, make, boss, officer, band=Band.DAY)


def test_nobody_is_told_shifts_by_a_leader_of_elsewhere(act, make, tree, boss):
    stranger = make.person(Role.OFFICER, make.grid())

    with pytest.raises(Refused, match="shift-without-post"):
        tell(act, make, boss, stranger)


def test_a_shift_is_called_off_on_all_its_grids_and_once(act, make, tree, boss):
    officer = make.person(Role.OFFICER, tree[1])
    make.post(officer, Role.OFFICER, tree[2])
    shift, _ = tell(act, make, boss, officer)

    def off(session, actor):
        return service.call_off(session, actor, session.get(Shift, shift.id), now=NOW, zone=ZONE)

    act(off, make.actor(boss))

    assert [one.cancelled_at for one in make.rows(Shift)] == [NOW, NOW]
    with pytest.raises(Refused, match="shift-is-over"):
        act(off, make.actor(boss))


def test_a_handover_is_laid_out_before_its_moment_and_once(make, database, relief):
    officer, other = relief

    assert run(database, service.make_ready) == 1
    assert run(database, service.make_ready) is None

    (row,) = make.rows(Handover)
    assert (row.giver_id, row.taker_id, row.at) == (officer.id, other.id, NOW + 2 * HOUR)


def test_leave_without_cover_hands_over_to_nobody(make, database, tree):
    officer = make.person(Role.OFFICER, tree[2])
    make.store(
        Excuse(
            person_id=officer.id, grid_id=tree[2].id, kind=ExcuseKind.LEAVE, document="#1",
            from_at=NOW + HOUR, to_at=NOW + DAY, recorded_by=officer.id, recorded_at=NOW,
            approved_at=NOW,
        )
    )  # fmt: skip

    assert run(database, service.make_ready) is None


def test_several_grids_that_pass_on_together_are_one_handover(make, database, tree):
    one, other = make.person(), make.person()
    blocks = [tree[2], make.grid(tree[1])]
    for block in blocks:
        make.post(one, Role.WORKER, block, to_at=NOW + HOUR)
        make.post(other, Role.WORKER, block, from_at=NOW + HOUR)

    run(database, service.make_ready)

    (row,) = make.rows(Handover)
    assert sorted(row.grids) == sorted(str(block.id) for block in blocks)


def test_what_is_no_longer_due_is_taken_back(make, database, relief):
    run(database, service.make_ready)
    with database.transaction() as session:
        post = session.exec(select(Post).where(col(Post.kind) == PostKind.RELIEF)).one()
        post.to_at = post.from_at

    run(database, service.make_ready)

    assert [row.closing for row in make.rows(Handover)] == [Closing.VOID]


def test_both_sign_in_any_order_and_then_it_is_closed(act, make, database, relief):
    officer, other = relief
    run(database, service.make_ready)
    (row,) = make.rows(Handover)
    finding = uuid7()

    sign(act, make, other, row, text="到岗")
    assert make.reload(Handover, row.id).closing is None
    sign(act, make, officer, row, shown=[finding], text="早市口有占道，未停", made_at=NOW - HOUR)

    done = make.reload(Handover, row.id)
    assert (done.closing, done.left, done.given_at) == (Closing.SIGNED, [str(finding)], NOW - HOUR)
    assert (done.given_received_at, done.remark) == (NOW, "到岗")
    kinds = [line.kind for line in make.rows(LedgerEntry) if line.kind.startswith("handover.")]
    assert kinds == ["handover.opened", "handover.taken", "handover.given", "handover.closed"]


def test_a_side_signs_once_and_nobody_else_signs(act, make, database, relief, boss, tree):
    officer, _ = relief
    run(database, service.make_ready)
    (row,) = make.rows(Handover)
    sign(act, make, officer, row)

    with pytest.raises(Refused, match="handover-signed-already"):
        sign(act, make, officer, row)
    with pytest.raises(Forbidden):
        sign(act, make, boss, row)
    with pytest.raises(NotFound):
        sign(act, make, make.person(Role.OFFICER, make.grid()), row)


def test_an_empty_handover_closes_itself_dated_when_it_was_due(make, database, relief):
    run(database, service.make_ready)
    (row,) = make.rows(Handover)

    assert run(database, service.close_empty, now=row.at + 20 * timedelta(minutes=1)) is None
    assert run(database, service.close_empty, now=row.at + DAY) == 1

    closed = make.reload(Handover, row.id)
    assert (closed.closing, closed.closed_at) == (Closing.EMPTY, row.at + HOUR / 2)
    (line,) = make.rows(LedgerEntry, LedgerEntry.kind == "handover.closed")
    assert line.at == row.at + HOUR / 2


def test_what_the_giver_wrote_keeps_it_open(act, make, database, relief):
    officer, _ = relief
    run(database, service.make_ready)
    (row,) = make.rows(Handover)
    sign(act, make, officer, row, text="看住三号楼")

    assert run(database, service.close_empty, now=row.at + DAY) is None


def test_a_signature_that_comes_late_is_kept_and_moves_no_closing(act, make, database, relief):
    officer, _ = relief
    run(database, service.make_ready)
    (row,) = make.rows(Handover)
    run(database, service.close_empty, now=row.at + DAY)

    sign(act, make, officer, row, now=row.at + DAY, made_at=row.at)

    kept = make.reload(Handover, row.id)
    assert (kept.closing, kept.given_at) == (Closing.EMPTY, row.at)


def test_a_post_that_ends_calls_its_shifts_off(act, make, tree, boss):
    from patrol.people import service as people

    post = make.post(make.person(), Role.OFFICER, tree[2])
    person = make.person(Role.OFFICER, tree[1])
    tell(act, make, boss, person)
    make.store(
        Shift(
            post_id=post.id, person_id=post.person_id, grid_id=post.grid_id, from_at=NOW,
            to_at=NOW + DAY, recorded_by=boss.id, recorded_at=NOW,
        )
    )  # fmt: skip

    act(lambda s, a: people.end(s, a, s.get(Post, post.id), now=NOW + HOUR), make.actor(boss))

    shifts = {one.post_id: one.cancelled_at for one in make.rows(Shift)}
    assert shifts[post.id] == NOW + HOUR
    assert list(shifts.values()).count(None) == 1
