"""Files say what their page says: its columns, its rows, its total, and where they were cut."""

import csv
import io
from datetime import timedelta

import pytest

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.coverage import sheets
from patrol.coverage.model import DayTally
from patrol.coverage.rules import ends_on
from patrol.plans.model import WindowResult
from patrol.rounds.model import Method, Mode, Round, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def read(browser, make):
    """Reads a file of a street whose officer missed one of two windows and wrote one visit in."""
    street, _, grid = make.tree()
    cells = make.cells(grid, 2)
    plan = make.plan(grid)
    officer = make.person(Role.OFFICER, grid)
    for ended, done, who in ((NOW - DAY, 2, officer.id), (NOW - 2 * DAY, 1, None)):
        make.store(
            WindowResult(
                plan_id=plan.id, grid_id=grid.id, from_at=ended - DAY, to_at=ended, due=2,
                done=done, officer_id=who, closed_at=ended,
            )
        )  # fmt: skip
    walked = Round(
        id=uuid7(), officer_id=officer.id, grid_id=grid.id, mode=Mode.FOOT, duties=["officer"],
        started_at=NOW - DAY, made_at=NOW - DAY, received_at=NOW - DAY,
    )  # fmt: skip
    make.store(walked)
    for cell, backfill in zip(cells, (True, False), strict=True):
        make.store(
            Visit(
                id=uuid7(), round_id=walked.id, officer_id=officer.id, cell_id=cell.id,
                grid_id=grid.id, method=Method.TRACK, grade=Grade.B, backfill=backfill,
                seen_at=NOW - DAY, made_at=NOW - DAY, received_at=NOW - DAY,
            )
        )  # fmt: skip
    day = ends_on(NOW - DAY, clock.city())
    make.store(DayTally(day=day, grid_id=grid.id, officer_id=officer.id, visits=2, finds=3))
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    def told(what, asked=""):
        answer = browser.get(f"/coverage/{street.code}/export/{what}.csv?{asked}")
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))

    return told


def test_no_file_ranks_people_by_finds_or_gaps(read):
    heads, *_ = read("figures", "by=person")

    assert [one for one in heads if "巡查" in one]
    assert not [one for one in heads if "发现" in one or "间隔" in one]
    assert [one for one in read("figures", "by=day")[0] if "发现" in one]


@pytest.mark.parametrize("asked", ["cadence=daily", "line=unit", "grade=A"])
def test_a_file_has_no_zeros_where_the_page_says_nothing(read, asked):
    heads, *_ = read("figures", asked)

    assert len(heads) == 6


def test_a_file_has_the_total_of_its_page(read):
    *_, total = read("figures", "by=person")

    assert total[:6] == ["全部", "2", "1", "4", "3", "3"]
    assert len(read("figures", "by=grid")) == 2


def test_a_file_has_the_rows_of_the_list_it_stands_under(read):
    assert len(read("windows")) == len(read("visits")) == 3
    assert len(read("windows", "missed=1")) == len(read("visits", "kind=backfill")) == 2


@pytest.mark.parametrize("what", ["windows", "visits", "cells"])
def test_a_file_that_was_cut_says_so(read, monkeypatch, what):
    monkeypatch.setattr(sheets, "MOST_ROWS", 1)

    *_, row, last = read(what)

    assert len(row) > 1
    assert last == ["仅含前 1 行，其余请缩小范围后导出。"]
