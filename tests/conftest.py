"""Real databases of both kinds, people who sign in, and the smallest things to test with."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings as trials
from playwright.sync_api import Playwright, sync_playwright
from sqlmodel import Session

from patrol import tables
from patrol.app import create_app
from patrol.config import Settings, complete
from patrol.core import clock
from patrol.core.access import Actor
from patrol.core.store import Database
from tests import postgres
from tests.browser import Browser
from tests.make import Make

NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)  # a Friday, 10:00 in Zhengzhou
DATA = Path(__file__).parents[2] / "shared" / "data"
KINDS = [
    kind
    for kind in ("sqlite", "postgres")
    if kind in os.environ.get("DATABASES", "sqlite,postgres")
]
trials.register_profile("patient", trials.default, deadline=None)  # a busy machine breaks no rule
trials.load_profile("patient")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; tests that need it skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the folder of real data (../shared/data) is absent")
    return DATA


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one driver of browsers a session may have."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two databases."""
    return str(request.param)


@pytest.fixture(scope="session")
def blank(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with every table and nothing in it."""
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('blank') / 'blank.db'}"
    else:
        url = postgres.postgres_url()
    owner = Database(url, owner=True)
    with owner.engine.begin() as connection:
        tables.create_all(connection)
    owner.close()
    yield url
    if kind == "postgres":
        postgres.drop(url)


@pytest.fixture
def database(kind: str, blank: str, tmp_path: Path) -> Iterator[Database]:
    """An empty database of this kind, for this test alone."""
    if kind == "sqlite":
        shutil.copyfile(blank.removeprefix("sqlite:///"), tmp_path / "patrol.db")
        database = Database(f"sqlite:///{tmp_path / 'patrol.db'}")
    else:
        postgres.empty(blank)
        database = Database(blank)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One open write, which the test may commit or leave."""
    with database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def made() -> list[Flask]:
    """The app of this process, once a test has asked for it: compiling its routes takes long."""
    return []


@pytest.fixture
def app(database: Database, tmp_path: Path, made: list[Flask]) -> Iterator[Flask]:
    """The whole app on this database, at the moment `NOW`."""
    settings = complete(
        Settings(
            home=tmp_path,
            database_url=database.url.render_as_string(hide_password=False),
            secret_key="a key for tests that is long enough",
            clock=NOW.isoformat(),
        )
    )
    if not made:
        made.append(create_app(settings, database))
    app = made[0]
    app.extensions["patrol.database"], app.config["SETTINGS"] = database, settings
    app.testing = True
    clock.tell(settings.clock)
    clock.live_in(settings.zone)
    yield app  # without a context of its own: every request must get a fresh one
    clock.tell(None)


@pytest.fixture
def make(database: Database) -> Make:
    """A maker of people, grids, plans and whatever else a test needs."""
    return Make(database, NOW)


@pytest.fixture
def browser(app: Flask, make: Make) -> Browser:
    """A browser without script that signs in and reads pages."""
    return Browser(app, make)


@pytest.fixture
def act(database: Database) -> Callable[..., object]:
    """Run one use case in its own transaction: `act(service.record, actor, draft, now=NOW)`."""

    def run(
        use_case: Callable[..., object], actor: Actor, *args: object, **kwargs: object
    ) -> object:
        with database.transaction() as session:
            return use_case(session, actor, *args, **kwargs)

    return run
