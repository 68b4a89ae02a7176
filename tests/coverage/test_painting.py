"""What colours the cells of a map, and the list that says the same."""

import csv
import io
import re
from datetime import timedelta
from itertools import pairwise

import pytest
from geoalchemy2.shape import from_shape
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.coverage.rules import GROWS_BETTER, STEPS, Paint, shade
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.plans.model import Standing
from patrol.rounds.model import Method, Mode, Passage, Round, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW

HOUR = timedelta(hours=1)
PAINTS = [one for one in Paint if one is not Paint.STATE]


@pytest.fixture
def walked(make, browser):
    """Three cells: walked at length an hour ago, walked through two days ago, never seen."""
    street, _, grid = make.tree()
    often, once, never = make.cells(grid, 3)
    plan = make.plan(grid)
    officer = make.person(Role.OFFICER, grid)
    going = Round(
        id=uuid7(), officer_id=officer.id, grid_id=grid.id, mode=Mode.FOOT, duties=["officer"],
        started_at=NOW - 72 * HOUR, made_at=NOW, received_at=NOW,
    )  # fmt: skip
    make.store(going)
    for cell, ago, metres, seconds in ((often, 1, 620.0, 1800.0), (once, 50, 40.0, 30.0)):
        at = NOW - ago * HOUR
        make.store(
            Visit(
                id=uuid7(), round_id=going.id, officer_id=officer.id, cell_id=cell.id,
                grid_id=grid.id, method=Method.TRACK, grade=Grade.B, seen_at=at, made_at=at,
                received_at=at,
            ),
            Passage(
                round_id=going.id, cell_id=cell.id, grid_id=grid.id, metres=metres,
                seconds=seconds, first_at=at, last_at=at + timedelta(seconds=seconds),
            ),
        )  # fmt: skip
        with make.database.transaction() as session:
            session.get_one(Standing, (plan.id, cell.id)).seen_at = at
    kind = make.event_class()
    make.store(
        Finding(
            id=uuid7(), number="F-1", cell_id=often.id, grid_id=grid.id, officer_id=officer.id,
            class_id=kind.id, severity=Severity.ORDINARY, topic="street_order",
            source=Source.PATROL,
            spot=from_shape(Point(often.lon, often.lat), srid=4326), lon=often.lon, lat=often.lat,
            stage=Stage.HANDLING, seen_at=NOW - HOUR, made_at=NOW - HOUR, received_at=NOW - HOUR,
        )
    )  # fmt: skip
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    return browser, grid, (often, once, never)


@pytest.mark.parametrize(
    ("paint", "steps"),
    [
        (Paint.SINCE, {"rate4": "1小时", "rate2": "2天", "never": "从未"}),
        (Paint.GAP, {"rate0": "90天"}),
        (Paint.METRES, {"rate4": "620米", "rate1": "40米", "rate0": "0米"}),
        (Paint.MINUTES, {"rate4": "30分", "rate1": "0分", "rate0": "0分"}),
        (Paint.FINDS, {"rate2": "2.0", "": "—"}),
    ],
)
def test_a_map_is_told_the_step_and_the_figure_of_each_cell(walked, paint, steps):
    browser, grid, cells = walked

    told = browser.get(f"/coverage/{grid.code}/states.json?paint={paint}").json

    assert set(told["states"]) == set(steps)
    assert sorted(" ".join(told["states"].values()).split()) == sorted(one.code for one in cells)
    for step, said in steps.items():
        figures = told["said"][step].split("|")
        assert len(figures) == len(told["states"][step].split())
        assert said in {one.replace(" ", "") for one in figures}


@pytest.mark.parametrize("paint", PAINTS)
def test_the_list_says_what_the_map_says_and_is_sorted_by_it(walked, paint):
    browser, grid, cells = walked
    told = browser.get(f"/coverage/{grid.code}/states.json?paint={paint}").json
    said = {
        code: figure
        for step, codes in told["states"].items()
        for code, figure in zip(codes.split(), told["said"][step].split("|"), strict=True)
    }

    page = browser.get(f"/coverage/{grid.code}?paint={paint}").text
    table = browser.get(f"/coverage/{grid.code}/cells?paint={paint}").text
    turned = browser.get(f"/coverage/{grid.code}/cells?paint=-{paint}").text

    for shown in (page, table):
        rows = re.split(r"<tr>|<li data-cell", shown)
        for code, figure in said.items():
            row = next(one for one in rows if f"/coverage/cells/{code}" in one)
            assert figure in row or figure == "从未"
    often, _once, never = (one.code for one in cells)
    first = {Paint.SINCE: never, Paint.GAP: never, Paint.FINDS: often}.get(paint, never)
    assert order(table, said)[0] == order(page, said)[0] == first
    assert order(turned, said) != order(table, said)
    assert "aria-sort" in table


def order(page, said):
    places = {code: page.find(f"/coverage/cells/{code}") for code in said}
    return sorted(places, key=places.__getitem__)


def test_a_file_has_the_figures_in_the_same_order(walked):
    browser, grid, (often, _once, never) = walked

    file = browser.get(f"/coverage/{grid.code}/export/cells.csv?paint=metres")

    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert [row["编码"] for row in rows][::2] == [never.code, often.code]
    assert rows[-1]["每小时发现数"] == "2.0"


def test_a_cell_says_its_own_figures(walked):
    browser, _, (often, *_) = walked

    page = browser.get(f"/coverage/cells/{often.code}?period=day").text

    for said in ("620 米", "30 分", "2.0", "本格"):
        assert said in page


def test_figures_colour_days_gone_by_and_filtered_cells_too(walked):
    browser, grid, (often, once, _) = walked

    then = browser.get(f"/coverage/{grid.code}/states.json?paint=since&day=-1").json["states"]
    none = browser.get(f"/coverage/{grid.code}/states.json?paint=gap&topic=none").json

    assert then["rate2"] == once.code
    assert often.code in then["never"]
    assert none["states"] == {}


@pytest.mark.parametrize("paint", ["nonsense", "-", "-state", "state"])
def test_what_is_no_figure_colours_by_state(walked, paint):
    browser, grid, _ = walked

    told = browser.get(f"/coverage/{grid.code}/states.json?paint={paint}").json

    assert "said" not in told
    assert set(told["states"]) <= {"fresh", "overdue", "never", "due_soon"}


@given(st.sampled_from(PAINTS), st.floats(0, 1e7), st.floats(0, 1e7))
def test_a_better_figure_is_never_drawn_worse(paint, one, other):
    worse, better = sorted((one, other), reverse=paint not in GROWS_BETTER)

    assert shade(paint, worse) <= shade(paint, better)


@pytest.mark.parametrize("paint", PAINTS)
def test_each_step_begins_where_it_says(paint):
    edges = (0.0, *STEPS[paint], 1e9)

    drawn = [shade(paint, (low + high) / 2) for low, high in pairwise(edges)]

    assert sorted(drawn) == [f"rate{step}" for step in range(5)]
    assert drawn == sorted(drawn, reverse=paint not in GROWS_BETTER)
    assert shade(paint, None) == ("never" if paint is Paint.SINCE else "")
