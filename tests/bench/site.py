"""A site of a stated size to measure on: grids, cells, staff, plans and a month of standings."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from geoalchemy2.shape import from_shape
from shapely import Point, box
from sqlmodel import select

from patrol import tables
from patrol.catalogue.model import EventClass
from patrol.config import Settings, complete
from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import Database, uuid7, vacuum
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.grid.model import Cell, Grid
from patrol.ledger import guards
from patrol.notices.model import Notice
from patrol.people.model import Person
from patrol.plans.model import Standing
from patrol.plans.rules import Cadence
from tests import postgres
from tests.make import ORIGIN, STEP, Make

SIZES = {"town": (1, 50, 100)}  # streets, grids in each, cells in each grid
PLANS = (
    ("日常巡查", Cadence.DAILY, "FREQ=DAILY", 1),
    ("每周巡查", Cadence.WEEKLY, "FREQ=WEEKLY;BYDAY=MO", 2),
    ("每月巡查", Cadence.MONTHLY, "FREQ=MONTHLY;BYMONTHDAY=1", 1),
)


@dataclass(frozen=True)
class Walker:
    """An officer, signed in, with the cells to walk."""

    person: Person
    token: str
    grid: Grid
    cells: list[Cell]


@dataclass(frozen=True)
class Site:
    """What was made, and how to start a server on it."""

    database: Database
    environ: dict[str, str]
    make: Make
    street: Grid
    leader_token: str
    walkers: list[Walker]


@contextmanager
def made(kind: str, size: str, home: Path) -> Iterator[Site]:
    """A site of this size on this kind of database; gone when the block ends."""
    url = "" if kind == "sqlite" else postgres.postgres_url(durable=True)
    told = {"database_url": url} if url else {}
    settings = complete(Settings(home=home, **told))
    build(settings.database_url)
    database = Database(settings.database_url)
    environ = {"PATROL_HOME": str(home), "PATROL_DATABASE_URL": settings.database_url}
    try:
        site = _filled(database, environ, *SIZES[size], now=clock.now())
        if url:
            vacuum(database)  # as the autovacuum of a site that lives has done
        yield site
    finally:
        database.close()
        if url:
            postgres.drop(url)


def build(url: str) -> None:
    """The schema by migration, as a real site has it, so that `patrol serve` takes it."""
    from alembic import command
    from alembic.config import Config

    from patrol.paths import MIGRATIONS

    owner = Database(url, owner=True)
    with owner.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        tables.prepare(connection)
        command.upgrade(config, "head")
        assert guards.missing(connection) == []
    owner.close()


def _filled(
    database: Database, environ: dict[str, str], streets: int, grids: int, cells: int, now: datetime
) -> Site:
    make, chance = Make(database, now), random.Random(2026)
    walkers: list[Walker] = []
    first: Grid | None = None
    for number in range(streets):
        west, south = ORIGIN[0] + number * 0.3, ORIGIN[1]
        street = make.grid(tier=1, shape=box(west, south, west + 0.25, south + 0.25))
        first = first or street
        community = make.grid(street, shape=street.__dict__["shape"])
        walkers += [_walker(make, community, cells, west, south, place) for place in range(grids)]
        for name, cadence, rrule, times in PLANS:
            make.plan(street, name=name, cadence=cadence, rrule=rrule, times=times)
    assert first is not None
    leader = make.person(Role.SQUAD_LEADER, first)
    _walk(make, chance, {walker.grid.id: walker.person.id for walker in walkers}, now)
    _busy(make, chance, walkers[:grids], now)
    return Site(database, environ, make, first, make.token(leader), walkers[:grids])


def _walker(
    make: Make, community: Grid, cells: int, west: float, south: float, place: int
) -> Walker:
    left, low = west + (place % 10) * 0.021, south + (place // 10) * 0.021
    grid = make.grid(community, shape=box(left, low, left + 20 * STEP, low + 20 * STEP))
    person = make.person(Role.OFFICER, grid)
    return Walker(person, make.token(person), grid, make.cells(grid, cells))


def _walk(make: Make, chance: random.Random, officers: dict[UUID, UUID], now: datetime) -> None:
    """Most cells seen at some time in the last nine days, some never."""
    with make.database.transaction() as session:
        for standing in session.exec(select(Standing)):
            if chance.random() < 0.9:
                standing.seen_at = now - timedelta(minutes=chance.randrange(9 * 24 * 60))
                standing.grade = chance.choice("AABBBC")
                standing.officer_id = officers.get(standing.grid_id)


def _busy(make: Make, chance: random.Random, walkers: list[Walker], now: datetime) -> None:
    """Open findings and unread notices, as on a working day."""
    kind = make.event_class()
    rows: list[Finding | Notice] = []
    for walker in walkers:
        for _ in range(20):
            seen = now - timedelta(hours=chance.randrange(1, 400))
            finding = _finding(kind, chance.choice(walker.cells), walker.person, seen, len(rows))
            rows += [finding, _notice(finding, walker.person, now)]
    make.store(*(row for row in rows if isinstance(row, Finding)))
    make.store(*(row for row in rows if isinstance(row, Notice)))


def _finding(kind: EventClass, cell: Cell, officer: Person, seen: datetime, number: int) -> Finding:
    """A finding still open, in the middle of its cell."""
    return Finding(
        id=uuid7(),
        number=f"{kind.code}-B{number:07d}",
        class_id=kind.id,
        severity=Severity.ORDINARY,
        topic=kind.topic,
        source=Source.PATROL,
        cell_id=cell.id,
        grid_id=cell.grid_id,
        officer_id=officer.id,
        spot=from_shape(Point(cell.lon, cell.lat), srid=4326),
        lon=cell.lon,
        lat=cell.lat,
        stage=Stage.FILING,
        seen_at=seen,
        made_at=seen,
        received_at=seen,
    )


def _notice(finding: Finding, person: Person, now: datetime) -> Notice:
    return Notice(
        person_id=person.id,
        grid_id=finding.grid_id,
        kind="finding.recorded",
        subject=f"finding:{finding.id}",
        due_at=now,
        made_at=now,
    )
