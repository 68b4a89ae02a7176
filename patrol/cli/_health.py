"""What `patrol doctor` asks of a site, each fault named with what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import version

from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from patrol.cli.db import head
from patrol.config import Settings
from patrol.core import clock
from patrol.core.calendar import china
from patrol.core.store import Database
from patrol.ledger import guards
from patrol.paths import STATIC, TRANSLATIONS
from patrol.plans.queries import on_workdays

LEAST_FREE = 1_000_000_000
SOON = timedelta(days=31)  # before a year begins its holidays must be known
OLDEST = {"pillow": (12, 2), "werkzeug": (3, 0, 6)}  # older ones have known holes


def schema_fault(settings: Settings) -> str:
    """What is wrong with the database's schema, or nothing."""
    try:
        database = Database(settings.database_url)
        with database.engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
        database.close()
    except (SQLAlchemyError, RuntimeError) as fault:
        return f"The database does not open: {getattr(fault, 'orig', None) or fault}"
    if at is None:
        return "The database has no tables yet: run `patrol db upgrade`."
    if at != head():
        return f"The database is at {at}, this release needs {head()}: run `patrol db upgrade`."
    return ""


def faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each check by name, with what is wrong in words, or nothing."""
    for name, check in CHECKS.items():
        try:
            yield name, check(settings)
        except (SQLAlchemyError, OSError, RuntimeError) as fault:
            yield name, str(fault)


def _packages(_: Settings) -> str:
    for name, oldest in OLDEST.items():
        there = version(name)
        if tuple(int(part) for part in there.split(".")[: len(oldest)]) < oldest:
            return f"{name} {there} is too old; run make setup."
    return ""


def _writable(settings: Settings) -> str:
    folders = (settings.home, settings.media)
    closed = [str(folder) for folder in folders if not os.access(folder, os.W_OK)]
    return f"Cannot write in {', '.join(closed)}." if closed else ""


def _room(settings: Settings) -> str:
    free = shutil.disk_usage(settings.media).free
    return f"Only {free / 1e6:.0f} MB are free." if free < LEAST_FREE else ""


def _guards(settings: Settings) -> str:
    database = Database(settings.database_url)
    with database.engine.connect() as connection:
        gone = guards.missing(connection)
    database.close()
    return f"The ledger's guards are missing: {', '.join(gone)}." if gone else ""


def _integrity(settings: Settings) -> str:
    database = Database(settings.database_url)
    if not database.is_sqlite:
        return ""
    with database.engine.connect() as connection:
        told = connection.execute(text("PRAGMA quick_check(5)")).scalars().all()
        lost = connection.execute(text("PRAGMA foreign_key_check")).first()
    database.close()
    if told != ["ok"]:
        return "The file is damaged: " + "; ".join(map(str, told))
    return f"A row of {lost[0]} points at nothing." if lost else ""


def _clock(settings: Settings) -> str:
    """The same moment by the database's clock and ours."""
    database = Database(settings.database_url)
    if database.is_sqlite or settings.clock:
        return ""
    before = clock.now()
    with database.engine.connect() as connection:
        there = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    database.close()
    apart = abs(there - before)
    return f"The database's clock is {apart} away." if apart > timedelta(seconds=5) else ""


def _holidays(settings: Settings) -> str:
    """Whether plans that follow workdays soon come into a year whose holidays are not known."""
    year = (clock.now() + SOON).astimezone(settings.zone).year
    if china(settings.zone).known(year):
        return ""
    database = Database(settings.database_url)
    with database.reading() as session:
        begins = datetime(year, 1, 1, tzinfo=settings.zone)
        names = on_workdays(session, after=begins)
    database.close()
    if not names:
        return ""
    return (
        f"The holidays of {year} are not known here, and these plans follow workdays: "
        f"{', '.join(names)}. Install a newer release, or let them end before."
    )


def _files(_: Settings) -> str:
    if not (STATIC / "dist" / "manifest.json").is_file():
        return "Static files are not built: run make setup."
    missing = [path.name for path in TRANSLATIONS.iterdir() if not _compiled(path.name)]
    return f"Words are not compiled for {', '.join(missing)}: run make setup." if missing else ""


def _compiled(locale: str) -> bool:
    return (TRANSLATIONS / locale / "LC_MESSAGES" / "messages.mo").is_file()


CHECKS: dict[str, Callable[[Settings], str]] = {
    "packages": _packages,
    "folders": _writable,
    "room": _room,
    "files": _files,
    "schema": schema_fault,
    "guards": _guards,
    "integrity": _integrity,
    "clock": _clock,
    "holidays": _holidays,
}
