"""Who answers for a place is read from the posts in force, and a gap always falls to somebody."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.roles import LINE_OF, Line, PostKind, Role
from patrol.people.rules import (
    Certificate,
    Excuse,
    ExcuseKind,
    ExcuseState,
    Level,
    Place,
    Posting,
    Why,
    answering,
    away_at,
    certificate,
    chain,
    excuse_state,
    excuses_for,
    gains_by,
    in_force,
)

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
BEFORE = NOW - DAY
BLOCK, COMMUNITY, STREET, DISTRICT = (UUID(int=n) for n in (13, 12, 11, 10))
PATH = [Place(BLOCK, 3), Place(COMMUNITY, 2), Place(STREET, 1), Place(DISTRICT, 0)]
ANNA, BO, CHEN, DING, ASSIGNER = (UUID(int=n) for n in range(1, 6))


def post(person=ANNA, role=Role.WORKER, grid=BLOCK, kind=PostKind.PRIMARY, **more):
    facts = {"start": BEFORE, "accepted_at": BEFORE, "assigned_by": ASSIGNER, **more}
    return Posting(UUID(int=hash((person, role, grid, kind)) % 2**64), person, role, grid, kind,
                   **facts)  # fmt: skip


def leave(person=ANNA, start=BEFORE, end=NOW + DAY, **more):
    facts = {"entered_at": BEFORE, "entered_by": BO, **more}
    return Excuse(UUID(int=99), person, ExcuseKind.LEAVE, start, end, **facts)


moments = st.integers(0, 400).map(lambda hours: BEFORE + timedelta(hours=hours))
postings = st.builds(
    Posting,
    st.uuids(),
    st.sampled_from([ANNA, BO, CHEN, DING]),
    st.sampled_from(list(LINE_OF)),
    st.sampled_from([BLOCK, COMMUNITY, STREET, DISTRICT]),
    st.sampled_from(PostKind),
    moments,
    st.none() | moments,
    st.none() | moments,
    st.none() | moments,
    st.none() | st.just(ASSIGNER),
)


@given(st.lists(postings, max_size=12), st.sampled_from(Line), moments)
def test_a_gap_falls_to_the_next_level_that_has_somebody(posts, line, at):
    links = chain(posts, PATH, line, at)

    for index, link in enumerate(links):
        above = next((one.answers for one in links[index + 1 :] if one.answers), None)
        if link.why is Why.ABOVE:
            assert link.is_gap
            assert above is not None
            assert link.answers == above
        if link.why is Why.NOBODY:
            assert link.is_gap
            assert above is None


@given(st.lists(postings, max_size=12), st.sampled_from(Line), moments)
def test_only_a_post_in_force_then_answers(posts, line, at):
    for link in chain(posts, PATH, line, at):
        if link.posting is not None:
            assert link.posting.start <= at
            assert link.posting.end is None or at < link.posting.end
            assert LINE_OF[link.posting.role] is line


@given(st.lists(postings, max_size=12), st.sampled_from(Line), moments)
def test_the_order_in_which_posts_are_read_changes_nothing(posts, line, at):
    assert chain(posts, PATH, line, at) == chain(posts[::-1], PATH, line, at)


def test_cover_answers_before_relief_and_relief_before_the_primary():
    posts = [post(ANNA), post(BO, kind=PostKind.RELIEF), post(CHEN, kind=PostKind.COVER)]

    held = in_force(posts, NOW)

    assert [one.person_id for one in held] == [CHEN, BO, ANNA]


def test_a_post_nobody_accepted_leaves_its_assigner_answering():
    worker = chain([post(accepted_at=None)], PATH, Line.TERRITORY, NOW)[0]

    assert (worker.answers, worker.why) == (ASSIGNER, Why.ASSIGNER)


def test_a_post_served_before_the_moment_binds_without_acceptance():
    posts = [post(accepted_at=None, served_at=NOW)]

    assert chain(posts, PATH, Line.TERRITORY, NOW)[0].answers == ANNA
    assert chain(posts, PATH, Line.TERRITORY, NOW - timedelta(seconds=1))[0].answers == ASSIGNER


def test_a_cover_not_yet_accepted_leaves_the_primary_answering():
    posts = [post(ANNA), post(BO, kind=PostKind.COVER, accepted_at=None)]

    assert chain(posts, PATH, Line.TERRITORY, NOW)[0].answers == ANNA


def test_the_territorial_line_has_a_head_for_each_tier_up_to_the_street():
    links = chain([], PATH, Line.TERRITORY, NOW)

    assert [link.level for link in links] == [
        Level(Role.WORKER),
        Level(Role.HEAD, 3),
        Level(Role.HEAD, 2),
        Level(Role.HEAD, 1),
    ]


def test_the_unit_line_finds_leaders_on_the_street_and_the_district():
    posts = [
        post(ANNA, Role.OFFICER, BLOCK),
        post(BO, Role.SQUAD_LEADER, STREET),
        post(DING, Role.BUREAU_LEADER, DISTRICT),
    ]

    links = chain(posts, PATH, Line.UNIT, NOW)

    assert [link.answers for link in links] == [ANNA, BO, DING, DING]
    assert links[2].why is Why.ABOVE


def test_a_leader_is_found_by_role_and_tier():
    posts = [post(BO, Role.HEAD, COMMUNITY), post(CHEN, Role.HEAD, STREET)]
    links = chain(posts, PATH, Line.TERRITORY, NOW)

    assert answering(links, Level(Role.HEAD, 1)).answers == CHEN
    assert answering(links, Level(Role.WORKER)).answers == BO
    assert answering(links, Level(Role.OFFICER)) is None


def test_leave_without_cover_is_a_gap_that_shows_who_is_away():
    posts = [post(ANNA), post(BO, Role.HEAD, BLOCK)]

    worker = chain(posts, PATH, Line.TERRITORY, NOW, away={ANNA})[0]

    assert worker.is_gap
    assert worker.answers == BO
    assert [one.person_id for one in worker.away] == [ANNA]


def test_an_order_entered_before_the_window_ended_excuses():
    excuse = leave(entered_at=NOW)

    assert excuse_state(excuse, NOW) is ExcuseState.IN_FORCE
    assert excuses_for([excuse], ANNA, BEFORE, NOW) == (excuse,)


def test_an_entry_after_the_window_ended_is_a_proposal_until_approved():
    late = leave(entered_at=NOW + timedelta(hours=1))
    approved = leave(entered_at=NOW + timedelta(hours=1), approved_at=NOW + DAY, approved_by=CHEN)

    assert excuse_state(late, NOW) is ExcuseState.PROPOSED
    assert excuses_for([late], ANNA, BEFORE, NOW) == ()
    assert excuses_for([approved], ANNA, BEFORE, NOW) == (approved,)


def test_nobody_excuses_himself():
    assert excuse_state(leave(entered_by=ANNA), NOW) is ExcuseState.PROPOSED


def test_a_refused_entry_excuses_nothing():
    refused = leave(approved_at=BEFORE, refused_at=NOW)

    assert excuses_for([refused], ANNA, BEFORE, NOW) == ()


def test_a_part_of_a_window_is_not_excused():
    assert excuses_for([leave(end=NOW)], ANNA, BEFORE, NOW + timedelta(minutes=1)) == ()


def test_entries_that_meet_excuse_together_and_those_with_an_hour_between_do_not():
    noon = BEFORE + timedelta(hours=12)
    first = leave(end=noon)
    second = replace(leave(start=noon, end=NOW), id=UUID(int=98), kind=ExcuseKind.WEATHER)
    later = replace(second, start=noon + timedelta(hours=1))

    assert excuses_for([second, first], ANNA, BEFORE, NOW) == (first, second)
    assert excuses_for([first, later], ANNA, BEFORE, NOW) == ()
    assert excuses_for([first, replace(second, person_id=BO)], ANNA, BEFORE, NOW) == ()
    assert excuses_for([first, replace(second, refused_at=NOW)], ANNA, BEFORE, NOW) == ()


def test_an_entry_that_excuses_alone_is_the_only_one_told():
    whole, part = leave(), replace(leave(end=NOW), id=UUID(int=98))

    assert excuses_for([part, whole], ANNA, BEFORE, NOW + timedelta(hours=1)) == (whole,)


def test_leave_keeps_a_person_away_and_weather_does_not():
    storm = Excuse(UUID(int=7), BO, ExcuseKind.WEATHER, BEFORE, NOW + DAY, BEFORE, CHEN)

    assert away_at([leave(), storm], NOW) == {ANNA}
    assert away_at([leave()], NOW + DAY) == set()


def test_who_stands_next_to_fall_may_not_approve():
    posts = [
        post(ANNA),
        post(BO, Role.HEAD, BLOCK),
        post(CHEN, Role.HEAD, COMMUNITY),
        post(DING, Role.HEAD, STREET),
    ]
    links = chain(posts, PATH, Line.TERRITORY, NOW)

    gaining = gains_by(leave(entered_by=CHEN), [links])

    assert gaining == {ANNA, BO, CHEN}


def test_who_answers_while_a_person_is_away_may_not_approve_it_either():
    posts = [post(ANNA), post(DING, kind=PostKind.COVER), post(BO, Role.HEAD, BLOCK)]
    links = chain(posts, PATH, Line.TERRITORY, NOW, away={ANNA})

    assert gains_by(leave(entered_by=ANNA), [links]) == {ANNA, DING, BO}


def test_a_certificate_holds_through_its_last_day():
    last = date(2026, 11, 2)

    assert certificate("豫A-100", last, last) is Certificate.VALID
    assert certificate("豫A-100", last, last + DAY) is Certificate.EXPIRED
    assert certificate("豫A-100", None, last) is Certificate.EXPIRED
    assert certificate(None, last, last) is Certificate.NONE
