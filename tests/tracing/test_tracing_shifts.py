"""What shifts, leave and weather stops say reaches the trace: who answered here, then."""

from dataclasses import replace

from patrol.core.roles import Role
from patrol.people.model import Excuse, ExcuseKind, Post, Shift
from patrol.people.rules import Duty
from patrol.tracing import queries
from patrol.tracing.facts import known
from patrol.tracing.rules import Account, accounts
from tests.tracing.scenario import store_all
from tests.tracing.worked import (
    APPROVER,
    FACTS,
    FINDING,
    GRID,
    JIA,
    POST_JIA,
    POST_YI,
    YI,
    at,
    name,
    post,
)

LATER = at(7, 12)
PARTNER_POST, TOLD = name(71), at(3)


def partners(told_at=TOLD):
    """Two primaries of one grid in two shifts; nothing walked on the fourth."""
    jia = post(POST_JIA, JIA, Role.WORKER, GRID, at(1))
    yi = post(PARTNER_POST, YI, Role.WORKER, GRID, at(1, 1))
    morning, evening = Duty(at(4, 7), at(4, 13), told_at), Duty(at(4, 13), at(4, 22), told_at)
    posts = (
        (jia[0], replace(jia[1], duties=(evening,))),
        (yi[0], replace(yi[1], duties=(morning,))),
        *FACTS.posts[2:],
    )
    return replace(FACTS, posts=posts, excuses=(), visits=())


def fourth(facts, now=LATER):
    return next(one for one in accounts(facts, now) if one.window.start == at(4, 7))


def test_a_miss_is_whose_shift_it_was_when_the_window_closed():
    missed = fourth(partners())

    assert (missed.account, missed.person) == (Account.MISSED, JIA)
    assert [(one.person, one.start) for one in missed.shares] == [(YI, at(4, 7)), (JIA, at(4, 13))]


def test_a_shift_told_afterwards_moves_no_miss():
    assert fourth(partners(told_at=at(5))).person == YI  # the newest post, as without shifts


def test_what_was_known_then_holds_no_shift_told_later():
    seen = known(partners(told_at=at(5)), at(4, 20))

    assert [one.duties for one in seen.postings] == [()] * len(seen.postings)


def test_shifts_are_gathered_with_the_posts(make, database):
    make.now = LATER
    store_all(make)
    told = {"recorded_by": APPROVER, "recorded_at": at(1)}
    make.store(
        Post(
            id=PARTNER_POST, person_id=APPROVER, role=Role.WORKER, grid_id=GRID, kind="relief",
            from_at=at(4), to_at=at(6, 23), recorded_at=at(1), accepted_at=at(1),
        )
    )  # fmt: skip
    for key, person, start, end in (
        (POST_YI, YI, 7, 12), (PARTNER_POST, APPROVER, 12, 22),
    ):  # fmt: skip
        make.store(
            Shift(
                post_id=key, person_id=person, grid_id=GRID,
                from_at=at(6, start), to_at=at(6, end), **told,
            )
        )  # fmt: skip

    with database.reading() as session:
        windows = queries.trace(session, FINDING, now=LATER).windows

    assert [share.person for share in windows[-1].shares] == [YI, APPROVER]


def test_a_weather_stop_excuses_whoever_walks_there(make, database):
    make.now = LATER
    store_all(make)
    make.store(
        Excuse(
            person_id=YI, grid_id=GRID, kind=ExcuseKind.WEATHER, document="气象〔2026〕9号",
            from_at=at(4), to_at=at(5), recorded_by=APPROVER, recorded_at=at(3, 20),
        )
    )  # fmt: skip

    with database.reading() as session:
        windows = queries.trace(session, FINDING, now=LATER).windows

    assert (windows[2].account, windows[2].person) == (Account.EXCUSED, YI)
