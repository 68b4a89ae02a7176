"""Every table of the house in one metadata, and a new database made from it."""

from importlib import import_module

from geoalchemy2 import Geometry
from sqlalchemy import Connection, MetaData, text
from sqlmodel import SQLModel

from patrol.ledger import guards

SLICES = (
    "ledger",
    "replay",
    "notices",
    "photos",
    "catalogue",
    "grid",
    "tags",
    "people",
    "devices",
    "escalation",
    "plans",
    "rounds",
    "lines",
    "findings",
    "handling",
    "flags",
    "checks",
    "tracing",
    "reviews",
    "coverage",
    "shifts",
)


def metadata() -> MetaData:
    """The tables of all slices."""
    for name in SLICES:
        import_module(f"patrol.{name}.model")
    return SQLModel.metadata


def prepare(connection: Connection) -> None:
    """Make a new database ready for geometry."""
    if connection.dialect.name == "sqlite":
        known = text("SELECT 1 FROM sqlite_master WHERE name = 'spatial_ref_sys'")
        if connection.execute(known).first() is None:
            connection.execute(text("SELECT InitSpatialMetaData(0, 'WGS84')"))
    else:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))


def create_all(connection: Connection) -> None:
    """Make every table and guard at once, as the migrations do step by step."""
    prepare(connection)
    metadata().create_all(connection)
    if connection.dialect.name != "sqlite":
        _index_places(connection)
    guards.install(connection)


def _index_places(connection: Connection) -> None:
    """Index every place: GeoAlchemy forgets to, once it made the table on SQLite before."""
    for table in metadata().sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Geometry):
                index = f"CREATE INDEX IF NOT EXISTS idx_{table.name}_{column.name}"
                connection.execute(text(f"{index} ON {table.name} USING gist ({column.name})"))
