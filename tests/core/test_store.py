"""The store finds what covers a point, keeps moments in UTC and gives every writer a turn."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from patrol.core import store
from patrol.core.errors import Busy
from patrol.core.store import Database, covering, uuid7
from patrol.people.model import Person
from tests.make import Make


def test_a_point_finds_its_cell_by_the_index(database: Database, make: Make) -> None:
    cells = make.cells(make.grid())

    with database.reading() as session:
        found = [covering(session, "cell", cell.lon, cell.lat) for cell in cells]

    assert found == [[cell.id] for cell in cells]


def test_a_point_still_finds_its_cell_after_a_vacuum(
    database: Database, make: Make, kind: str
) -> None:
    if kind != "sqlite":
        pytest.skip("only SQLite renumbers rows")
    gone, kept = make.cells(make.grid()), make.cells(make.grid())
    owner = Database(database.url.render_as_string(), owner=True)
    with owner.engine.begin() as connection:
        for cell in gone:
            connection.execute(text("DELETE FROM cell WHERE id = :id"), {"id": cell.id.hex})

    store.vacuum(owner)

    with database.reading() as session:
        assert covering(session, "cell", kept[2].lon, kept[2].lat) == [kept[2].id]
    owner.close()


def test_a_moment_of_any_zone_comes_back_in_utc(database: Database, make: Make) -> None:
    moment = datetime(2026, 11, 6, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    person = make.person(disabled_at=moment)

    stored = make.reload(Person, person.id).disabled_at

    assert stored == moment
    assert stored.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(make: Make) -> None:
    with pytest.raises(Exception, match="has no zone"):
        make.person(disabled_at=datetime(2026, 11, 6))  # noqa: DTZ001


def test_ids_are_made_in_order_of_time() -> None:
    ids = [uuid7() for _ in range(5000)]

    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {made.version for made in ids} == {7}


def test_a_writer_that_waits_too_long_is_told_so(
    database: Database, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    told: list[type[BaseException]] = []

    def second() -> None:
        try:
            with database.transaction():
                pass
        except Busy as busy:
            told.append(type(busy))

    with database.transaction():
        other = threading.Thread(target=second)
        other.start()
        other.join()

    assert told == [Busy]


def test_a_server_that_was_started_anew_is_noticed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("no server to start")
    with database.engine.connect() as one:
        kept = one.scalar(text("SELECT pg_backend_pid()"))
    ending = Database(database.url.render_as_string(hide_password=False))
    with ending.engine.begin() as outside:
        outside.execute(text("SELECT pg_terminate_backend(:it)"), {"it": kept})
    ending.close()
    monkeypatch.setattr(store, "STALE", 0.0)

    with database.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(store, "OLDEST_SQLITE", (99, 0, 0))

    with pytest.raises(RuntimeError, match=r"3\.51\.3"):
        Database(f"sqlite:///{tmp_path / 'x.db'}")
