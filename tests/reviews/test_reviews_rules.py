from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.roles import Identity
from patrol.reviews.rules import (
    CLOSED,
    Act,
    Answering,
    Body,
    Case,
    Measure,
    Outcome,
    Part,
    Phase,
    Recusal,
    Remedy,
    acts,
    after,
    answer_by,
    choices,
    decide_by,
    file_by,
    fits,
    heavier,
    is_proactive,
    may_still_answer,
    may_take,
    missing,
    names_publicly,
    needs_panel,
    power,
    recusal,
    remedy_by,
    take_up_by,
    who,
)
from tests.tracing.worked import CALENDAR, ZONE, at

ONE, TWO, THREE, FOUR, FIVE = (UUID(int=number) for number in range(1, 6))
HEARD = Answering(ONE, at(2, 9), at(9), None, Outcome.PURSUED, Measure.CRITICISM)
CASE = Case(Phase.HEARING, (HEARD,), {}, at(30))


def test_a_doubt_is_taken_up_by_the_end_of_the_fifth_working_day():
    assert take_up_by(at(6, 10), CALENDAR) == at(14)  # Friday → the whole next Friday


def test_the_person_has_at_least_five_working_days_from_service():
    friday_night = at(6, 23, 30)

    until = answer_by(friday_night, CALENDAR)
    assert until == at(14)
    assert until.astimezone(ZONE).hour == 0


def test_nothing_moves_on_while_somebody_may_still_answer():
    assert may_still_answer(CASE.concerned, at(8)) == at(9)
    assert Act.CLOSE_HEARING not in acts(CASE, at(8))
    assert acts(CASE, at(9))[0] is Act.CLOSE_HEARING


def test_who_was_not_served_has_all_the_time():
    unserved = Answering(TWO)

    assert Act.CLOSE_HEARING not in acts(replace(CASE, concerned=(HEARD, unserved)), at(29))


def test_a_signed_waiver_ends_the_time_to_answer():
    waived = replace(HEARD, waived_at=at(3))

    assert acts(replace(CASE, concerned=(waived,)), at(3, 1))[0] is Act.CLOSE_HEARING


@pytest.mark.parametrize("phase", Phase)
def test_nothing_is_decided_before_the_hearing_is_over(phase):
    case = replace(CASE, phase=phase)

    decided = Act.DECIDE in acts(case, at(29))
    assert decided == (phase is Phase.DECISION)


def test_a_circular_is_deliberated_jointly_and_a_reminder_is_not():
    legal = replace(CASE, phase=Phase.LEGAL)
    public = replace(legal, concerned=(replace(HEARD, measure=Measure.CIRCULAR),))

    assert after(legal, Act.CLEAR) is Phase.DECISION
    assert after(public, Act.CLEAR) is Phase.PANEL
    assert needs_panel(Measure.DISCIPLINE)


def test_a_sanction_needs_a_second_signature_and_an_acquittal_does_not():
    decision = replace(CASE, phase=Phase.DECISION)
    pursued = replace(decision, concerned=(replace(HEARD, outcome=Outcome.PURSUED),))
    cleared = replace(decision, concerned=(replace(HEARD, outcome=Outcome.NO_FAULT),))

    assert after(pursued, Act.DECIDE) is Phase.COUNTERSIGN
    assert after(cleared, Act.DECIDE) is Phase.DELIVERY


def test_legal_review_may_send_it_back():
    assert after(replace(CASE, phase=Phase.LEGAL), Act.RETURN) is Phase.INVESTIGATION


def test_an_appeal_upheld_goes_on_where_it_stood_and_a_change_is_served_anew():
    appeal = replace(CASE, phase=Phase.APPEAL, resumes=Phase.FILING)

    assert after(appeal, Act.UPHOLD) is Phase.FILING
    assert after(appeal, Act.AMEND) is Phase.DELIVERY


def test_an_appeal_is_for_somebody_who_had_no_part_before():
    seats = {
        Part.INVESTIGATOR: frozenset({ONE, TWO}),
        Part.LEGAL: frozenset({THREE}),
        Part.DECIDER: frozenset({FOUR}),
    }

    assert {who(act) for act in (Act.UPHOLD, Act.AMEND, Act.REVOKE)} == {Part.APPEAL}
    allowed = [one for one in (ONE, TWO, THREE, FOUR, FIVE) if may_take(Part.APPEAL, one, seats)]
    assert allowed == [FIVE]
    assert missing(seats, appealed=True) == {Part.SECOND: 1, Part.APPEAL: 1}


def test_nothing_is_archived_while_somebody_may_still_appeal():
    until = remedy_by(Identity.CONTRACT, Measure.CRITICISM, at(1))
    case = replace(CASE, phase=Phase.ARCHIVING, concerned=(replace(HEARD, remedy_by=until),))

    assert until == at(1) + timedelta(days=30)
    assert acts(case, until) == (Act.APPEAL,)
    assert acts(case, until + timedelta(seconds=1)) == (Act.ARCHIVE, Act.APPEAL)
    assert remedy_by(Identity.CONTRACT, None, at(1)) is None


def test_it_is_extended_only_once():
    assert Act.EXTEND in acts(CASE, at(8))
    assert Act.EXTEND not in acts(replace(CASE, extended=True), at(8))
    assert decide_by(at(1)) == at(1) + timedelta(days=30)
    assert decide_by(at(1), extended=True) == at(1) + timedelta(days=45)


def test_a_published_result_is_filed_within_five_days_or_does_not_count():
    assert file_by(at(6)) == at(11)
    assert is_proactive(at(6), at(11))
    assert not is_proactive(at(6), at(11, 1))
    assert not is_proactive(at(6), None)
    assert not is_proactive(None, at(6))


@pytest.mark.parametrize(
    ("reasons", "why"),
    [
        ({"concerned": [ONE]}, Recusal.CONCERNED),
        ({"failed": [ONE]}, Recusal.OWN_DUTY),
        ({"signed": [ONE]}, Recusal.SIGNED),
        ({"interested": [ONE]}, Recusal.INTEREST),
        ({"failed": [TWO]}, None),
    ],
)
def test_recusal_names_its_reason(reasons, why):
    assert recusal(ONE, **reasons) is why


def test_investigators_reviewer_and_decider_are_four_people():
    seats = {Part.INVESTIGATOR: frozenset({ONE, TWO}), Part.LEGAL: frozenset({THREE})}

    assert not may_take(Part.DECIDER, ONE, seats)
    assert not may_take(Part.DECIDER, THREE, seats)
    assert may_take(Part.DECIDER, FOUR, seats)
    assert missing(seats) == {Part.DECIDER: 1, Part.SECOND: 1}


def test_the_second_signature_is_not_the_deciders_nor_an_investigators():
    seats = {
        Part.INVESTIGATOR: frozenset({ONE, TWO}),
        Part.LEGAL: frozenset({THREE}),
        Part.DECIDER: frozenset({FOUR}),
    }

    allowed = [one for one in (ONE, TWO, THREE, FOUR, FIVE) if may_take(Part.SECOND, one, seats)]
    assert allowed == [THREE, FIVE]


@pytest.mark.parametrize(
    ("identity", "measure", "body"),
    [
        (Identity.CIVIL_SERVANT, Measure.CRITICISM, Body.UNIT),
        (Identity.CIVIL_SERVANT, Measure.DISCIPLINE, Body.APPOINTING),
        (Identity.CIVIL_SERVANT, Measure.CERTIFICATE, Body.GOVERNMENT_LEGAL),
        (Identity.AGENCY, Measure.DISMISSAL, Body.EMPLOYER),
        (Identity.VILLAGE, Measure.ADMONITION, Body.TOWNSHIP),
    ],
)
def test_what_is_beyond_the_unit_is_only_recommended(identity, measure, body):
    held = power(identity, measure)

    assert held is not None
    assert held.body is body
    assert held.recommended == (body is not Body.UNIT)


@pytest.mark.parametrize(
    ("identity", "measure"),
    [
        (Identity.CONTRACT, Measure.DISCIPLINE),
        (Identity.CONTRACT, Measure.CERTIFICATE),
        (Identity.CIVIL_SERVANT, Measure.DISMISSAL),
        (Identity.VOLUNTEER, Measure.ADMONITION),
    ],
)
def test_some_measures_cannot_follow_for_some_staff(identity, measure):
    assert power(identity, measure) is None


@given(st.sampled_from(Identity))
def test_everybody_has_a_remedy_and_a_time_for_it(identity):
    for held in choices(identity).values():
        assert held.remedy in Remedy
        assert held.within >= timedelta(days=30)


@given(st.sampled_from(Outcome), st.none() | st.sampled_from(Measure))
def test_a_measure_follows_only_where_somebody_is_pursued(outcome, measure):
    assert fits(outcome, measure) == ((outcome is Outcome.PURSUED) == (measure is not None))


WEIGHED = [(Outcome.NO_FAULT, None), (Outcome.NOT_PURSUED, None)] + [
    (Outcome.PURSUED, measure) for measure in Measure
]


@given(st.sampled_from(WEIGHED), st.sampled_from(WEIGHED))
def test_what_weighs_more_than_was_told_is_heavier(decided, proposed):
    assert heavier(decided, proposed) == (WEIGHED.index(decided) > WEIGHED.index(proposed))


def test_only_who_is_pursued_is_named_publicly():
    assert [one for one in Outcome if names_publicly(one)] == [Outcome.PURSUED]


@given(st.sampled_from(Phase), st.booleans())
def test_every_act_that_may_be_done_leads_somewhere_and_closed_cases_rest(phase, extended):
    case = replace(
        CASE, phase=phase, extended=extended, concerned=(replace(HEARD, outcome=Outcome.PURSUED),)
    )

    following = acts(case, at(29))
    assert not (phase in CLOSED and following)
    assert all(after(case, act) in Phase for act in following)
