"""Limits as cities write them, codes, and the first catalogue against its own sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.catalogue.facts import events
from patrol.catalogue.rules import (
    TOPICS,
    Kind,
    Persistence,
    class_code,
    limit_of,
    topic_of,
)
from patrol.core.calendar import Limit, LimitUnit


@pytest.mark.parametrize(
    ("text", "amount", "unit", "to_stop"),
    [
        ("1天", 1, LimitUnit.WORK_DAY, False),
        ("4小时", 4, LimitUnit.WORK_HOUR, False),
        ("2紧急工作时", 2, LimitUnit.URGENT_HOUR, False),
        ("1紧急工作日", 1, LimitUnit.URGENT_DAY, False),
        ("1紧急工作时制止", 1, LimitUnit.URGENT_HOUR, True),
        (" 3 个工作日内 ", 3, LimitUnit.WORK_DAY, False),
    ],
)
def test_a_limit_is_read_as_cities_write_it(
    text: str, amount: int, unit: LimitUnit, *, to_stop: bool
) -> None:
    stated = limit_of(text)

    assert stated is not None
    assert (stated.limit, stated.to_stop) == (Limit(amount, unit), to_stop)


@given(st.text(max_size=12))
def test_any_text_is_a_limit_or_is_none(text: str) -> None:
    stated = limit_of(text)

    assert stated is None or stated.limit.amount > 0


@pytest.mark.parametrize("text", ["", "立即", "0天", "-1天", "1.5天", "九天", "1", "天", "999天"])
def test_what_is_no_limit_is_none(text: str) -> None:
    assert limit_of(text) is None


def test_codes_are_the_same_with_and_without_a_leading_nought() -> None:
    assert class_code(Kind.EVENT, "4", "1") == class_code(Kind.EVENT, "04", "01") == "E0401"
    assert class_code(Kind.COMPONENT, "1", "99") == "C0199"
    assert class_code(Kind.EVENT, "4", "100") is None
    assert class_code(Kind.EVENT, "", "1") is None
    assert class_code(Kind.EVENT, "00", "1") is None


def test_the_first_catalogue_has_the_98_event_classes_and_their_limits() -> None:
    assert len({fact.code for fact in events()}) == 98
    assert {fact.topic for fact in events()} == {topic.code for topic in TOPICS}
    assert all(fact.name and fact.name_en and fact.conditions for fact in events())


def test_a_class_with_several_limits_has_several_conditions_told_apart() -> None:
    several = [fact for fact in events() if len(fact.conditions) > 1]

    assert len(several) > 10
    assert all(len({c.filing for c in fact.conditions}) == len(fact.conditions) for fact in several)


def test_ten_favourites_stand_in_order_and_each_has_a_class() -> None:
    favourites = sorted((fact.favourite, fact.name) for fact in events() if fact.favourite)

    assert [position for position, _ in favourites] == list(range(1, 11))
    assert favourites[0][1] == "占道经营"


def test_a_building_persists_and_a_vendor_comes_back() -> None:
    by_code = {fact.code: fact for fact in events()}

    assert by_code["E0101"].persistence is Persistence.CONTINUOUS
    assert by_code["E0401"].persistence is Persistence.RECURRING


def test_components_count_as_city_appearance() -> None:
    assert topic_of("C0101") == "city_appearance"
    assert topic_of("E0304") == "construction"
    assert topic_of("E0999") == "other"
