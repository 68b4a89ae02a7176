"""Runs the migrations on the site's database, as the role that owns the tables."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from geoalchemy2 import Geometry, alembic_helpers
from sqlalchemy import JSON, Connection, make_url, text
from sqlmodel import AutoString

from patrol import config
from patrol.core.store import Database, UTCDateTime
from patrol.ledger import guards
from patrol.tables import metadata, prepare

WAITS = ("SET lock_timeout = '10s'", "SET statement_timeout = '10min'")


def include(thing: Any, name: str | None, kind: Any, reflected: bool, other: Any) -> bool:  # noqa: FBT001  Alembic calls it so
    """Whether a table, column or index is ours and not one of the spatial extension's."""
    if reflected and kind == "table" and name not in metadata().tables:
        return False
    if kind == "index" and str(name).startswith("idx_"):
        return False
    judge: Any = alembic_helpers.include_object
    return bool(judge(thing, name, kind, reflected, other))


def write_type(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:
    """How a new revision spells our own column types."""
    if kind != "type":
        return False
    if isinstance(thing, UTCDateTime):
        autogen.imports.add("from patrol.core.store import Json, UTCDateTime")
        return "UTCDateTime()"
    if isinstance(thing, JSON):
        return "Json"
    if isinstance(thing, AutoString):
        return f"sa.String({thing.length or ''})"
    if isinstance(thing, Geometry):
        return f'Geometry("{thing.geometry_type}", srid={thing.srid})'
    return False


def migrate(connection: Connection, app_role: str | None = None) -> None:
    """Bring this connection's database where the command asks, all of it or nothing."""
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        include_object=include,
        render_item=write_type,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    if app_role is not None and context.get_head_revision() is not None:
        guards.grant(connection, app_role)


def migrate_site() -> None:
    """Migrate the database that the settings name."""
    settings = config.load()
    database = Database(settings.owner_database_url, owner=True)
    owner, app = make_url(settings.owner_database_url), make_url(settings.database_url)
    with database.engine.connect().execution_options(write=True) as own, own.begin():
        for wait in () if database.is_sqlite else WAITS:
            own.execute(text(wait))
        prepare(own)
        migrate(own, app.username if app.username != owner.username else None)
    database.close()


if (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    migrate_site()
