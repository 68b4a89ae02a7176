"""What a site costs that is as large as it is: asked as people ask it, each figure a median."""

import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from patrol.app import create_app
from patrol.config import Settings
from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import Database, uuid7
from patrol.coverage.tallying import tally_next
from patrol.people.model import Person
from patrol.plans.crediting import credit
from patrol.plans.model import Plan, Standing, WindowCredit, WindowResult
from patrol.plans.recut import Moved
from patrol.plans.rules import Cadence
from patrol.plans.service import close_windows
from patrol.rounds.model import Visit
from tests.bench.ground import NOW, Ground
from tests.bench.load import SERVE, running
from tests.make import Make

TRIES = 31
WARM = 4  # tries that do not count
OFFICERS = 200  # who open their page while the memory of a server is looked at
SAMPLE = 200  # cells worked out from scratch
DAY = timedelta(days=1)


def costs(settings: Settings, make: Make, ground: Ground) -> dict[str, float]:
    """What is promised of pages, visits and windows, and a few figures beside them."""
    database, chance = make.database, random.Random(2026)
    found = {"wrong": _wrong(database, ground, chance)}
    found |= _pages(settings, ground, make)
    found |= _crediting(database, ground, chance)
    found |= _closing(database, ground)
    return found


# Pages


def _pages(settings: Settings, ground: Ground, make: Make) -> dict[str, float]:
    app = create_app(settings, make.database)
    street = ground.streets[0].code
    leader = _signed_in(app, make, ground.leaders[0])
    states = f"/coverage/{street}/states.json"
    officers = [_signed_in(app, make, lot.officer) for lot in ground.lots[: WARM + TRIES]]
    return {
        "map_ms": _median(leader, states),
        "map_bytes": len(_got(leader, states)),
        "past_map_ms": _median(leader, f"{states}?day=-7"),
        "map_page_ms": _median(leader, f"/coverage/{street}"),
        "outline_bytes": len(_got(leader, f"/grids/{street}/cells.geojson")),
        "today_ms": _middle(partial(_got, officer, "/") for officer in officers),
        "leader_ms": _median(leader, "/"),
    }


def _signed_in(app: Flask, make: Make, person: Person) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("patrol", make.token(person))
    return client


def _got(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200, f"{path}: {answer.status}"
    return answer.data


def _median(client: FlaskClient, path: str) -> float:
    return _middle([partial(_got, client, path)] * (WARM + TRIES))


def _middle(acts: Iterable[Callable[[], Any]]) -> float:
    """The median of the milliseconds that acts take, the first few apart."""
    spent = [_seconds(act) for act in acts]
    return round(1000 * statistics.median(spent[WARM:] or spent), 2)


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


# What is written


def _crediting(database: Database, ground: Ground, chance: random.Random) -> dict[str, float]:
    """Milliseconds to credit a visit of a cell that has been seen by nobody today.

    `standing_ms` is what that adds to the transaction of a visit; `credited_ms` is a transaction
    that does nothing else, from its begin to its being on the disk.
    """
    lots = chance.choices(ground.lots, k=WARM + TRIES)
    visits = [
        Moved(
            id=uuid7(),
            cell_id=UUID(chance.choice(lot.cells).key),
            grid_id=lot.grid.id,
            officer_id=lot.officer.id,
            seen_at=NOW,
            backfill=False,
            confirmed_by=None,
            grade="B",
        )
        for lot in lots
    ]

    def standing(session: Session, visit: Moved) -> None:
        plans = credit(session, visit, [Role.OFFICER], zone=clock.city(), now=NOW)
        session.flush()
        assert len(plans) == 3, plans

    added = []

    def credited(visit: Moved) -> None:
        with database.transaction() as session:
            added.append(_seconds(partial(standing, session, visit)))

    with _untouched(database, [visit.cell_id for visit in visits]):
        whole = _middle(partial(credited, one) for one in visits)
    middle = statistics.median(added[WARM:])
    return {"standing_ms": round(1000 * middle, 2), "credited_ms": whole}


@contextmanager
def _untouched(database: Database, cells: list[UUID]) -> Iterator[None]:
    """Have these cells stand afterwards as they did before."""
    models: tuple[Any, ...] = (Standing, WindowCredit)
    with database.reading() as session:
        before = [
            (model, row.model_dump())
            for model in models
            for row in session.scalars(select(model).where(model.cell_id.in_(cells)))
        ]
    yield
    with database.transaction() as session:
        for model in models:
            session.execute(delete(model).where(model.cell_id.in_(cells)))
        session.add_all(model(**row) for model, row in before)


def _closing(database: Database, ground: Ground) -> dict[str, float]:
    """Seconds to close the daily windows of yesterday and to count what they came to."""
    zone = clock.city()
    expected = _reopened(database, ground)
    with database.transaction() as session:
        tally_next(session, zone=zone)
    seconds = _seconds(lambda: _all(database, lambda s: close_windows(s, zone=zone, now=NOW)))
    assert _results(database, ground) == expected, "windows closed otherwise than they were"
    counted = _seconds(lambda: _all(database, lambda s: tally_next(s, zone=zone)))
    return {"close_s": round(seconds, 2), "tally_s": round(counted, 2)}


def _all(database: Database, step: Callable[[Session], int | None]) -> None:
    """Take steps as the worker does, until none is left."""
    moved: int | None = 0
    while moved is not None:
        with database.transaction() as session:
            moved = step(session)


def _reopened(database: Database, ground: Ground) -> set[tuple[Any, ...]]:
    """Have the windows of yesterday never closed; what they had come to."""
    known = _results(database, ground)
    daily, start, end = _yesterday(ground)
    with database.transaction() as session:
        session.execute(
            delete(WindowResult).where(
                col(WindowResult.plan_id).in_(daily), col(WindowResult.from_at) == start
            )
        )
        for plan in session.scalars(select(Plan).where(col(Plan.id).in_(daily))):
            plan.closed_until, plan.closes_next_at = start, end
    return known


def _results(database: Database, ground: Ground) -> set[tuple[Any, ...]]:
    daily, start, _ = _yesterday(ground)
    with database.reading() as session:
        rows = session.scalars(
            select(WindowResult).where(
                col(WindowResult.plan_id).in_(daily), col(WindowResult.from_at) == start
            )
        )
        return {tuple(row.model_dump().items()) for row in rows}


def _yesterday(ground: Ground) -> tuple[set[UUID], datetime, datetime]:
    daily = {lot.plans[Cadence.DAILY].id for lot in ground.lots}
    today = NOW.astimezone(clock.city()).replace(hour=0)
    return daily, today - DAY, today


# What is kept, beside what it comes to from scratch


def _wrong(database: Database, ground: Ground, chance: random.Random) -> int:
    """How many cells of a sample stand otherwise than their visits say."""
    cells = [UUID(spot.key) for lot in ground.lots for spot in lot.cells]
    wrong = 0
    with database.reading() as session:
        for cell_id in chance.sample(cells, min(SAMPLE, len(cells))):
            visits = session.scalars(
                select(Visit)
                .where(col(Visit.cell_id) == cell_id, col(Visit.grade) <= "B")
                .order_by(col(Visit.seen_at).desc())
            ).all()
            last = (visits[0].id, visits[0].seen_at) if visits else (None, None)
            stands = session.scalars(select(Standing).where(col(Standing.cell_id) == cell_id))
            wrong += {(one.visit_id, one.seen_at) for one in stands} != {last}
            wrong += _credits(session, ground, cell_id) != _days(visits)
    return wrong


def _credits(session: Session, ground: Ground, cell_id: UUID) -> int:
    """In how many daily windows a cell was credited."""
    daily = _yesterday(ground)[0]
    query = select(func.count()).where(
        col(WindowCredit.cell_id) == cell_id, col(WindowCredit.plan_id).in_(daily)
    )
    return session.scalar(query) or 0


def _days(visits: Iterable[Visit]) -> int:
    return len({visit.seen_at.astimezone(clock.city()).date() for visit in visits})


# Memory


def memory(settings: Settings, make: Make, ground: Ground) -> float:
    """The most MiB that one process of a server took while leaders and officers used it."""
    asked = [
        (token, path)
        for street, token in zip(ground.streets, map(make.token, ground.leaders), strict=True)
        for path in (
            "/", f"/coverage/{street.code}", f"/coverage/{street.code}/states.json",
            f"/coverage/{street.code}/states.json?day=-3", f"/grids/{street.code}/cells.geojson",
        )
    ]  # fmt: skip
    asked += [(make.token(lot.officer), "/") for lot in ground.lots[:OFFICERS]]
    environ = {
        "PATROL_HOME": str(settings.home),
        "PATROL_DATABASE_URL": settings.database_url,
        "PATROL_CLOCK": str(settings.clock),
    }
    with running((*SERVE, "--processes", "1"), **environ) as address:
        with ThreadPoolExecutor(4) as people:
            list(people.map(lambda one: _read(address, *one), asked))
        return round(_peak(f"--port\0{urlsplit(address).port}\0") / 1024, 1)


def _read(address: str, token: str, path: str) -> None:
    headers = {"Cookie": f"patrol={token}", "Accept-Encoding": "br"}
    with urlopen(Request(address + path, headers=headers), timeout=60) as answer:
        answer.read()


def _peak(named: str) -> int:
    """The most KiB that one of the processes so called ever held."""
    held = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if named in (process / "cmdline").read_text():
                status = (process / "status").read_text().splitlines()
                held += [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
        except (OSError, UnicodeDecodeError):
            continue  # it has ended meanwhile
    return max(held)
