"""A row of an office's table becomes a person or a post, or says which cell is wrong."""

from datetime import date, datetime

import pytest

from patrol.core.roles import Identity, PostKind, Role
from patrol.people.drafts import PersonRow, PostRow, from_row
from patrol.people.sheets import Row

PERSON = {"login": "Zhang.San", "name": "张三", "identity": "劳务派遣"}
POST = {"login": "zhang", "role": "网格长", "grid": "410105003", "starts": "2026-11-02"}


def person(**cells):
    return from_row(PersonRow, Row(5, {**PERSON, **cells}))


def post(**cells):
    return from_row(PostRow, Row(7, {**POST, **cells}))


def test_a_person_is_read_in_the_words_of_the_office():
    draft, faults = person(
        certificate="豫A-0001", certificate_until="2027年3月1日", phone="138 0000"
    )

    assert faults == []
    assert (draft.login, draft.identity) == ("zhang.san", Identity.AGENCY)
    assert draft.certificate_until == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-02", datetime(2026, 11, 2)),  # noqa: DTZ001
        ("2026/1/5", datetime(2026, 1, 5)),  # noqa: DTZ001
        ("2026年11月2日 8:30", datetime(2026, 11, 2, 8, 30)),  # noqa: DTZ001
        ("2026-11-02T08:30:00", datetime(2026, 11, 2, 8, 30)),  # noqa: DTZ001
    ],
)
def test_a_day_is_read_however_it_is_written(text, moment):
    draft, faults = post(starts=text)

    assert faults == []
    assert draft.starts == moment


def test_a_post_takes_codes_as_well_as_words():
    draft, _ = post(role="squad_leader", kind="替班")

    assert (draft.role, draft.kind) == (Role.SQUAD_LEADER, PostKind.RELIEF)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"login": "张三"}, "login", "cell-unfit"),
        ({"login": "a b"}, "login", "cell-unfit"),
        ({"name": ""}, "name", "cell-missing"),
        ({"name": "x" * 81}, "name", "cell-too-long"),
        ({"identity": "临时工"}, "identity", "cell-unknown-word"),
        ({"phone": "call me"}, "phone", "cell-unfit"),
        ({"certificate_until": "2026-02-30"}, "certificate_until", "cell-not-a-date"),
        ({"certificate_until": "soon"}, "certificate_until", "cell-not-a-date"),
        ({"password": "short"}, "password", "cell-too-short"),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_wrong(cells, column, code):
    draft, faults = person(**cells)

    assert draft is None
    assert [(fault.row, fault.column, fault.code) for fault in faults] == [(5, column, code)]


def test_a_password_is_never_repeated_in_a_report():
    _, faults = person(password="hush")

    assert [fault.value for fault in faults] == [None]


def test_a_post_without_a_beginning_is_refused():
    draft, faults = post(starts="")

    assert draft is None
    assert [(fault.column, fault.code) for fault in faults] == [("starts", "cell-missing")]
