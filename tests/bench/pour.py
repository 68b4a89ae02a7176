"""Pours rows into tables by the hundred thousand, as each of the two databases takes them best."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from patrol.core.store import Database, vacuum
from tests import postgres

NOTHING = r"\N"  # a value that is none
AT_ONCE = 10_000  # lines


class Bulk:
    """The owner's way in. PostgreSQL looks no keys up, and indexes wait until all is in.

    A row is a line of text that both databases read alike, its values parted by tabs.
    """

    def __init__(self, database: Database) -> None:
        url = database.url.render_as_string(hide_password=False)
        self.is_sqlite = database.is_sqlite
        self.owner = Database(url if self.is_sqlite else postgres.as_superuser(url), owner=True)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """One transaction."""
        with self.owner.engine.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
                connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            yield connection

    @contextmanager
    def without_indexes(self, connection: Connection, models: Iterable[Any]) -> Iterator[None]:
        """Take the indexes of tables away for a while, which SQLite would gain nothing by."""
        found = [] if self.is_sqlite else [one for each in models for one in each.__table__.indexes]
        for index in found:
            index.drop(connection)
        yield
        for index in found:
            index.create(connection)

    def pour(
        self, connection: Connection, table: str, columns: Sequence[str], lines: Sequence[str]
    ) -> None:
        """Append rows to a table."""
        raw: Any = connection.connection.driver_connection
        named = ", ".join(columns)
        if self.is_sqlite:
            places = ", ".join([f"NULLIF(?, '{NOTHING}')"] * len(columns))
            rows = (line.split("\t") for line in lines)
            raw.executemany(f"INSERT INTO {table} ({named}) VALUES ({places})", rows)
            return
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
            for first in range(0, len(lines), AT_ONCE):
                copy.write("\n".join((*lines[first : first + AT_ONCE], "")))

    def settle(self) -> None:
        """Leave the database as it is found after a while: swept, its figures known."""
        vacuum(self.owner)

    def close(self) -> None:
        """Let go of it."""
        self.owner.close()
