"""A draw comes out the same from the same urn, and what was seen is compared, not judged."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.checks.rules import Match, Noted, Reported, Saw, Told, Urn, Visited, drawn, match
from patrol.rounds.rules import Grade

NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
names = st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=12)


@st.composite
def urns(draw):
    cells, people = draw(names), draw(names)
    own = {cell: draw(st.sets(st.sampled_from(people))) if people else set() for cell in cells}
    return Urn(draw(st.text(max_size=8)), cells, people, own, draw(st.integers(1, 8)))


@given(urns(), st.randoms())
def test_the_same_urn_in_any_order_gives_the_same_draw(urn, chance):
    cells, people = list(urn.cells), list(urn.checkers)
    chance.shuffle(cells)
    chance.shuffle(people)

    assert drawn(Urn(urn.seed, cells, people, urn.own, urn.wanted)) == drawn(urn)
    assert drawn(Urn(**urn.plain())) == drawn(urn)


@given(urns())
def test_nobody_checks_an_own_cell_and_as_many_are_drawn_as_can_be(urn):
    pairs = drawn(urn)
    free = [cell for cell in urn.cells if set(urn.checkers) - set(urn.own[cell])]

    assert len(pairs) == min(urn.wanted, len(free)) == len({cell for cell, _ in pairs})
    assert all(checker not in urn.own[cell] for cell, checker in pairs)


def test_checks_are_shared_out_evenly():
    cells, people = [f"c{n}" for n in range(60)], ["a", "b", "c"]
    load = [checker for _, checker in drawn(Urn("seed", cells, people, {}, 30))]

    assert [load.count(one) for one in people] == [10, 10, 10]


def test_every_cell_comes_as_often_as_any_other():
    cells = [f"c{n}" for n in range(10)]
    hits = [drawn(Urn(str(seed), cells, ["a"], {}, 3)) for seed in range(1000)]
    counts = [sum(cell == one for pairs in hits for one, _ in pairs) for cell in cells]

    assert sum(counts) == 3000
    assert all(240 < count < 360 for count in counts)


VISIT, CLEAR = Visited(NOW - HOUR, Grade.B), Noted(NOW - HOUR, "street_order", proven=True)
OPEN = Reported(NOW - HOUR, "street_order", None)


def test_a_problem_is_compared_with_what_the_patrol_told():
    def seen(told):
        return match(Saw.PROBLEM, ["street_order"], told, NOW)

    assert seen(Told()) is Match.NOT_THERE
    assert seen(Told([VISIT])) is Match.SILENT
    assert seen(Told([VISIT], [CLEAR])) is Match.CONTRADICTS
    assert seen(Told([VISIT], [CLEAR], [OPEN])) is Match.TOLD


def test_nothing_found_is_compared_as_well():
    def seen(told):
        return match(Saw.CLEAR, ["street_order"], told, NOW)

    assert seen(Told()) is Match.NOT_THERE
    assert seen(Told([VISIT])) is Match.AGREES
    assert seen(Told([VISIT], [CLEAR])) is Match.AGREES
    assert seen(Told([VISIT], [], [OPEN])) is Match.GONE


def test_another_topic_says_nothing_of_this_one():
    told = Told([VISIT], [CLEAR], [OPEN])

    assert match(Saw.PROBLEM, ["advertising"], told, NOW) is Match.SILENT


def test_a_finding_that_had_ended_by_then_is_no_report():
    ended = Reported(NOW - 5 * HOUR, "street_order", NOW - HOUR)

    assert match(Saw.PROBLEM, ["street_order"], Told([VISIT], [], [ended]), NOW) is Match.SILENT


def test_what_was_told_later_or_is_not_proven_accuses_nobody():
    later = [Visited(NOW + HOUR, Grade.A)], [Noted(NOW + HOUR, "street_order", proven=True)]
    unproven = [Noted(NOW - HOUR, "street_order", proven=False)]

    for saw in Saw:
        assert match(saw, ["street_order"], Told(*later), NOW) is Match.NOT_THERE
        assert match(saw, ["street_order"], Told([], unproven), NOW) is Match.NOT_THERE
    assert match(Saw.PROBLEM, ["street_order"], Told([VISIT], unproven), NOW) is Match.SILENT
    assert match(Saw.PROBLEM, ["street_order"], Told([VISIT], later[1]), NOW) is Match.SILENT
