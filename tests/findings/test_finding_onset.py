"""When a finding can have begun, by dated proofs."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patrol.findings.rules import (
    Evidence,
    Proof,
    Weight,
    bounds,
)
from patrol.rounds.rules import Grade

NOON = datetime(2026, 11, 6, 4, tzinfo=UTC)
OFFICER, LEADER = UUID(int=1), UUID(int=2)

moments = st.integers(-90, 90).map(lambda hours: NOON + timedelta(hours=hours))
pieces = st.builds(
    Evidence,
    id=st.uuids().map(str),
    proof=st.sampled_from(Proof),
    at=moments,
    by=st.sampled_from([OFFICER, LEADER, None]),
    grade=st.sampled_from([*Grade, None]),
    distance=st.one_of(st.none(), st.floats(0, 100), st.just(float("nan"))),
    supported=st.booleans(),
)
piles = st.lists(pieces, max_size=12)


def absence(hours, *, by=LEADER, grade=Grade.B, distance=5.0, supported=False):
    at = NOON + timedelta(hours=hours)
    return Evidence(f"clear_note:{hours}", Proof.ABSENCE, at, by, grade, distance, supported)


def presence(hours):
    return Evidence(f"photo:{hours}", Proof.PRESENCE, NOON + timedelta(hours=hours))


def weight_of(found, piece):
    return dict(found.weights)[piece]


def test_the_last_absence_and_the_oldest_presence_bound_it():
    early, late, first, second = absence(-9), absence(-5), presence(-2), presence(0)

    found = bounds([second, early, first, late])

    assert (found.absence, found.presence) == (late, first)


def test_without_proofs_there_are_no_bounds():
    assert bounds([]).not_before is bounds([]).not_after is None


def test_a_note_by_hand_proves_nothing():
    note = absence(-1, grade=Grade.C)

    found = bounds([note, presence(0)])

    assert found.not_before is None
    assert weight_of(found, note) is Weight.WEAK_GRADE


def test_a_note_counts_up_to_thirty_metres_and_not_beyond():
    near, far, nowhere = (
        absence(-3, distance=30.0),
        absence(-2, distance=30.1),
        absence(-1, distance=None),
    )

    found = bounds([near, far, nowhere, presence(0)])

    assert found.absence == near
    assert weight_of(found, far) is weight_of(found, nowhere) is Weight.TOO_FAR


def test_an_absence_after_a_presence_contradicts_and_moves_nothing():
    before, after = absence(-3), absence(-1)

    found = bounds([before, presence(-2), after, presence(0)])

    assert found.absence == before
    assert found.contradictions == (after,)


def test_the_bare_word_of_the_person_concerned_is_marked():
    firm, own = absence(-5), absence(-1, by=OFFICER)

    found = bounds([firm, own, presence(0)], frozenset({OFFICER}))

    assert (found.absence, found.firm_absence) == (own, firm)
    assert weight_of(found, own) is Weight.OWN_WORD


def test_a_supported_note_of_the_person_concerned_is_as_firm_as_any():
    own = absence(-1, by=OFFICER, supported=True)

    assert bounds([own, presence(0)], frozenset({OFFICER})).firm_absence == own


@given(piles, st.sets(st.sampled_from([OFFICER, LEADER])))
def test_bounds_are_in_order(pile, concerned):
    found = bounds(pile, frozenset(concerned))

    if found.not_before and found.not_after:
        assert found.not_before <= found.not_after
    if found.firm_not_before:
        assert found.firm_not_before <= found.not_before


@given(piles, st.randoms())
def test_the_order_in_which_evidence_arrives_changes_nothing(pile, random):
    shuffled = random.sample(pile, len(pile))

    assert repr(bounds(shuffled)) == repr(bounds(pile))


@given(piles, pieces)
def test_more_presence_only_brings_the_oldest_one_forward(pile, piece):
    more = Evidence(piece.id, Proof.PRESENCE, piece.at)

    before, after = bounds(pile), bounds([*pile, more])

    assert after.not_after <= (before.not_after or piece.at)


@given(piles, pieces)
def test_more_notes_of_absence_never_move_the_oldest_presence(pile, piece):
    more = Evidence(piece.id, Proof.ABSENCE, piece.at, piece.by, piece.grade, piece.distance)

    assert bounds([*pile, more]).not_after == bounds(pile).not_after


@given(piles, st.sets(st.sampled_from([OFFICER, LEADER])))
def test_whose_word_it_is_never_widens_what_is_firm(pile, concerned):
    strict, lenient = bounds(pile, frozenset(concerned)), bounds(pile)

    assert strict.absence == lenient.absence
    if strict.firm_not_before:
        assert strict.firm_not_before <= lenient.firm_not_before


@given(piles)
def test_every_piece_of_evidence_is_weighed_once(pile):
    assert sorted(each.id for each, _ in bounds(pile).weights) == sorted(each.id for each in pile)
