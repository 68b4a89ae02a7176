"""Figures of one person: all that was theirs, wherever they are by now, and nothing else."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from patrol.core import clock
from patrol.core.roles import PostKind, Role
from patrol.core.store import uuid7
from patrol.coverage.model import DayTally
from patrol.coverage.rules import ends_on
from patrol.devices.model import OutboxReport
from patrol.notices.model import Notice
from patrol.plans.model import WindowResult
from patrol.rounds.model import Method, Mode, Round, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def town(make):
    """Two grids of a street; whoever walked the first one yesterday walks the second one now."""
    street, community, first = make.tree()
    second = make.grid(community)
    cells = make.cells(first, 2)
    make.cells(second, 3)
    plan = make.plan(first)
    make.plan(second)
    mover = make.person(name="挪移人")
    make.post(mover, Role.OFFICER, first, to_at=NOW - DAY / 2)
    make.post(mover, Role.OFFICER, second, from_at=NOW - DAY / 2)
    head = make.person(Role.HEAD, community, name="网格头")
    gone = make.person(name="离岗人")
    for number, one in enumerate((mover, head, gone, None), start=1):
        make.store(
            WindowResult(
                plan_id=plan.id, grid_id=first.id, from_at=NOW - number * DAY - DAY,
                to_at=NOW - number * DAY, due=10 + number, done=number,
                officer_id=one.id if one else None, closed_at=NOW - number * DAY,
            )
        )  # fmt: skip
    walked = Round(
        id=uuid7(), officer_id=mover.id, grid_id=first.id, mode=Mode.FOOT, duties=["officer"],
        started_at=NOW - DAY, made_at=NOW - DAY, received_at=NOW - DAY,
    )  # fmt: skip
    make.store(walked)
    make.store(
        Visit(
            id=uuid7(), round_id=walked.id, officer_id=mover.id, cell_id=cells[0].id,
            grid_id=first.id, method=Method.TRACK, grade=Grade.B, seen_at=NOW - DAY,
            made_at=NOW - DAY, received_at=NOW - DAY,
        ),
        DayTally(
            day=ends_on(NOW - DAY, clock.city()), grid_id=first.id, officer_id=mover.id, visits=1,
            metres=300.0,
        ),
    )  # fmt: skip
    return SimpleNamespace(
        street=street, first=first, second=second, cells=cells, mover=mover, head=head, gone=gone
    )


@pytest.fixture
def look(browser, make, town):
    """Opens a page of the street's coverage."""
    browser.sign_in(make.person(Role.SQUAD_LEADER, town.street))
    return lambda path: browser.get(f"/coverage/{town.street.code}/{path}").text


COUNTS = [f"{number} / {10 + number}" for number in range(1, 5)]


@pytest.mark.parametrize(("who", "own"), [("mover", 0), ("head", 1), ("gone", 2), ("none", 3)])
def test_the_line_of_a_person_opens_that_person_s_rows(look, town, who, own):
    asked = who if who == "none" else str(getattr(town, who).id)

    table = look("figures?by=person")
    rows = look(f"windows?officer={asked}")
    file = look(f"export/windows.csv?officer={asked}")

    assert f"/windows?officer={asked}" in table
    assert [one for one in COUNTS if one in rows] == [COUNTS[own]]
    assert len(file.splitlines()) == 2


@pytest.mark.parametrize("asked", ["x", "019a0000-0000-7000-8000-000000000000"])
def test_who_means_nobody_has_no_rows(look, asked):
    for path in ("windows?", "visits?", "figures?by=person&"):
        assert "<tbody>" not in look(f"{path}officer={asked}")
    assert "<tbody>" in look("windows")


def test_who_moved_keeps_what_was_done_before(look, town):
    asked = f"officer={town.mover.id}"

    assert "1/11" in look(f"figures?{asked}")
    assert town.cells[0].code in look(f"visits?{asked}")
    assert "1 / 11" in look(f"calendar?{asked}")
    assert f'value="{town.gone.id}" selected' in look(f"calendar?officer={town.gone.id}")


def test_no_miss_is_held_against_anyone_while_the_phone_may_still_send(browser, make, town, look):
    with make.database.transaction() as session:
        for one in session.scalars(select(WindowResult).where(WindowResult.due < 13)):
            one.closed_at = NOW - DAY / 4
    sent = OutboxReport(device_id=uuid7(), person_id=town.head.id, last_seq=1, empty_at=NOW)
    make.store(sent)

    waits = [look(f"{path}?missed=1") for path in ("windows", "export/windows.csv")]

    for page in waits:
        assert page.count("手机可能尚有未传记录") == 1
        assert town.mover.name not in page
        assert town.head.name in page


def states(browser, town, asked):
    found = browser.get(f"/coverage/{town.street.code}/states.json?{asked}").json["states"]
    return {name: len(codes.split()) for name, codes in found.items()}


@pytest.mark.parametrize("day", ["", "&day=-1"])
def test_cells_are_not_an_officer_s_that_are_behind_under_another_role_s_plan(
    browser, make, town, look, day
):
    make.plan(town.first, Role.HEAD)
    walker = make.person(Role.OFFICER, town.first)
    worker = make.person(Role.WORKER, town.first)

    assert sum(states(browser, town, f"officer={walker.id}{day}").values()) == 2
    assert states(browser, town, f"officer={worker.id}{day}") == {}


def test_urging_one_officer_leaves_the_others_of_the_grid_alone(browser, make, town, look):
    make.plan(town.first, Role.WORKER)
    walker = make.person(Role.OFFICER, town.first)
    make.post(make.person(), Role.WORKER, town.first, kind=PostKind.PRIMARY)

    path = f"/coverage/{town.street.code}/urge?officer={walker.id}"
    browser.post(path, {"_id": str(uuid7())}, status=303)

    assert [one.person_id for one in make.rows(Notice)] == [walker.id]
