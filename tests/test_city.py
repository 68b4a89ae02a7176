"""The generated city that is measured: a tiny one, whose records agree with each other."""

from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select

from patrol.config import Settings, complete
from patrol.core import clock
from patrol.coverage.model import DayTally
from patrol.plans.model import WindowResult
from patrol.rounds.model import Visit
from tests.bench.city import PROMISES
from tests.bench.costs import costs
from tests.bench.ground import DAYS, NOW, lay
from tests.bench.growth import DRAWN, drawn
from tests.bench.history import History, keep
from tests.make import Make


@pytest.fixture
def settings(database, tmp_path):
    url = database.url.render_as_string(hide_password=False)
    yield complete(Settings(home=tmp_path, database_url=url, clock=NOW.isoformat()))
    clock.tell(None)


def test_a_generated_city_stands_as_its_visits_say(database, settings, monkeypatch):
    monkeypatch.setattr("tests.bench.costs.TRIES", 1)
    monkeypatch.setattr("tests.bench.costs.WARM", 0)
    make, ground = Make(database, NOW), lay(database, 48)
    history = History(ground, 600)
    tenth = DAYS - 37
    keep(database, history, range(tenth, DAYS)[::-1])
    keep(database, history, range(tenth)[::-1], whole=True)

    assert costs(settings, make, ground)["wrong"] == 0
    with database.reading() as session:
        visits = session.scalar(select(func.count()).select_from(Visit))
        assert visits == history.visits == pytest.approx(600, abs=2)
        assert session.scalar(select(func.sum(DayTally.visits))) == visits
        due, done = session.execute(
            select(func.sum(WindowResult.due), func.sum(WindowResult.done))
        ).one()
        assert 0 < done < due
        assert session.scalar(select(func.count()).select_from(WindowResult)) >= 2 * (DAYS - 1)


def test_growth_is_drawn_as_one_sheet():
    points = [
        {"kind": kind, "cells": cells, "visits": int(100 * cells * share), "share": share}
        | dict.fromkeys(DRAWN, 12.5)
        for kind in ("sqlite", "postgres")
        for cells in (1_000, 10_000)
        for share in (0.1, 1.0)
    ]

    sheet = ET.fromstring(drawn(points, PROMISES))

    assert len(sheet.findall(".//{*}polyline")) == 2 * 2 * len(DRAWN)
