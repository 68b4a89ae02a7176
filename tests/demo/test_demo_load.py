"""A few days of the demo through all the services, on both databases."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.core import clock
from patrol.core.errors import Conflict
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.demo import load
from patrol.findings.model import Finding
from patrol.flags.model import Flag
from patrol.flags.rules import Kind, Verdict
from patrol.grid.model import Cell, HotSpot, PatrolObject
from patrol.ledger.queries import verify
from patrol.lines.model import PatrolLine, Trip
from patrol.people.model import Person, Shift
from patrol.people.passwords import fits
from patrol.plans.model import Plan, WindowResult
from patrol.rounds.model import Round, Visit
from patrol.rounds.rules import Grade
from patrol.shifts.model import Handover
from patrol.shifts.rules import Closing
from patrol.tags.model import Tag
from tests.browser import Browser
from tests.demo.links import broken
from tests.make import Make

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 6, 10, 40, tzinfo=ZONE)


@pytest.mark.slow
def test_a_few_days_make_a_working_city(
    app: Flask, database: Database, make: Make, tmp_path: Path, monkeypatch: Any
) -> None:
    clock.tell(NOW.isoformat())
    monkeypatch.setattr(load, "DAYS", 2)

    shares = list(load.load(database, tmp_path, tmp_path / "media", ZONE, now=NOW))

    assert shares == sorted(shares)
    assert 3_000 < len(make.rows(Cell)) < 3_700
    assert 55 <= len(make.rows(Person)) <= 75
    assert len(make.rows(Plan)) > 30
    assert len(make.rows(Visit)) > 1_000
    assert make.rows(Finding)
    assert make.rows(WindowResult)
    assert all(row.started_at <= NOW for row in make.rows(Round))
    assert any(
        row.ended_at is None for row in make.rows(Round, Round.started_at > NOW.replace(hour=8))
    )
    assert len(make.rows(PatrolLine)) == 1
    assert 3 <= len(make.rows(Trip)) <= 4
    assert make.rows(Shift, Shift.from_at > NOW)
    assert {row.closing for row in make.rows(Handover)} >= {None, Closing.EMPTY}
    assert len({row.grid_id for row in make.rows(Tag)}) == 2
    assert make.rows(Visit, Visit.grade == Grade.A)
    done = {row.done_at is not None for row in make.rows(SpotCheck)}
    assert (len(make.rows(Draw)), done) == (1, {True, False})
    assert len(make.rows(Inspection, Inspection.check_id.is_(None))) == 1
    assert {row.kind for row in make.rows(Flag)} == {Kind.TOO_FAST, Kind.SAME_WORDS}
    assert {row.verdict for row in make.rows(Flag)} == {Verdict.EXPLAINED, None}
    until = [row.permit_until for row in make.rows(PatrolObject) if row.permit_until]
    assert NOW.date() < min(until) < NOW.date() + timedelta(days=30)
    assert make.rows(HotSpot)
    with database.reading() as session:
        assert verify(session).sound
        assert load.is_demo(session)
    people = {person.login: person for person in make.rows(Person)}
    for one in load.kept_sign_ins(tmp_path):
        browser = Browser(app, Make(database, NOW)).sign_in(people[one["login"]])
        assert (one["role"], broken(app, browser)) == (one["role"], [])


@pytest.mark.slow
def test_one_of_each_role_can_sign_in_and_other_data_are_left_alone(
    database: Database, make: Make, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(load, "DAYS", 0)
    list(load.load(database, tmp_path, tmp_path / "media", ZONE, now=NOW - timedelta(hours=9)))

    sign_ins = load.kept_sign_ins(tmp_path)

    assert [each["role"] for each in sign_ins] == [role.value for role in Role]
    people = {person.login: person for person in make.rows(Person)}
    assert all(each["login"] in people for each in sign_ins)
    assert fits(people["officer"].password, sign_ins[0]["password"])
    with pytest.raises(Conflict):
        list(load.load(database, tmp_path, tmp_path / "media", ZONE, now=NOW))


def test_a_site_with_a_person_in_it_is_not_touched(
    database: Database, make: Make, tmp_path: Path
) -> None:
    make.person()

    with pytest.raises(Conflict):
        list(load.load(database, tmp_path, tmp_path / "media", ZONE, now=NOW))
