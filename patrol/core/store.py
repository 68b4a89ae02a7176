"""The database: which of the two it is, how it is opened, and what columns are made of."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy import Enum as StoredEnum
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, Session

from patrol.core.errors import Busy

OLDEST_SQLITE = (3, 51, 3)  # older ones may lose commits in WAL mode
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=ON",  # SpatiaLite's triggers call its own functions
    "cell_size_check=ON",
    "cache_size=-16000",
)
PATIENCE = 10.0  # seconds a write waits for its turn
STALE = 2.0  # seconds after which a kept connection to PostgreSQL may be gone
LAST = "patrol.last"  # where a session keeps what it does last before it commits


# What columns are made of


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Refuse a moment without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone")
        return value

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Give every moment back as UTC."""
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """SQLite keeps the text of UTC, without saying so."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def write(value: datetime | None) -> str | None:
            told = self.process_bind_param(value, dialect)
            if told is None:
                return None
            return told.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

        return write

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read what SQLite keeps."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _moment_of


def _moment_of(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(kept).replace(tzinfo=UTC)


def stored(kind: type[StrEnum]) -> StoredEnum:
    """An enum kept by value, as text of at most 32 characters."""
    return StoredEnum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def key() -> Any:
    """A primary key made before insert, in order of time."""
    return Field(default_factory=uuid7, primary_key=True)


Json = JSON().with_variant(JSONB(), "postgresql")
Point = Geometry("POINT", srid=4326, spatial_index=True)
Area = Geometry("MULTIPOLYGON", srid=4326, spatial_index=True)

_uuid_lock = threading.Lock()
_uuid_last = [0]


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then a counter and chance."""
    with _uuid_lock:
        tick = max(time.time_ns() * 4096 // 1_000_000, _uuid_last[0] + 1)
        _uuid_last[0] = tick
    millis, counter = divmod(tick, 4096)
    chance = int.from_bytes(os.urandom(8)) & (2**62 - 1)
    return UUID(int=(millis & (2**48 - 1)) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | chance)


# The database itself


class Database:
    """One database of a site; everything that reads or writes goes through its sessions."""

    def __init__(self, url: str, *, owner: bool = False) -> None:
        """Open `url`; `owner` may alter tables and guards, as migrations must."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url, owner=owner) if self.is_sqlite else _postgres(url)
        self._lock = _WriteLock(Path(self.url.database or "")) if self.is_sqlite else None
        # PostgreSQL shows each statement what is committed by then, transaction or not; without
        # one a page saves two ways to the server, and apart no connection is turned over for it.
        self._reading = self.engine if self.is_sqlite else _postgres(url, alone=True)

    def reading(self) -> Session:
        """A session for reading; close it."""
        return _Reading(self._reading)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One write: all of it is committed at the end, or none.

        What was collected with `at_the_end` is done last, so that the lock of the ledger's head
        is the last one taken and the first one let go.
        """
        lock: AbstractContextManager[Any] = self._lock or nullcontext()
        with lock, Session(self.engine, expire_on_commit=False, autoflush=True) as session:
            session.connection(execution_options={"write": True})
            yield session
            finish(session)
            session.commit()

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
        self._reading.dispose()


class _Reading(Session):
    """Reads over one connection from beginning to end; asked by the driver it begins nothing."""

    def __init__(self, engine: Engine) -> None:
        self.held = engine.connect()
        super().__init__(self.held, expire_on_commit=False)

    def close(self) -> None:
        """Let go of the connection; the session is over."""
        super().close()
        self.held.close()


def driver_of(session: Session) -> Any:
    """The driver's own connection, within the transaction of the session where it has begun one."""
    if isinstance(session, _Reading):
        return session.held.connection
    session.flush()
    return session.connection().connection


def engine_of(session: Session) -> Engine:
    """The database a session speaks to: the same for all that speak to it."""
    return session.get_bind().engine


def at_the_end(session: Session, name: str, rank: int, act: Callable[[Session], None]) -> None:
    """Have `act` done once, last before the commit; lower ranks first.

    It asks and writes by `Question` and `Write` alone: SQLAlchemy's own way wants each answer.
    """
    session.info.setdefault(LAST, {})[name] = (rank, act)


def finish(session: Session) -> None:
    """Do what waits for the end of this transaction."""
    session.flush()
    waiting: dict[str, tuple[int, Callable[[Session], None]]] = session.info.pop(LAST, {})
    if waiting:
        with _one_journey(session):
            for _, act in sorted(waiting.values(), key=lambda entry: entry[0]):
                act(session)


def _one_journey(session: Session) -> AbstractContextManager[Any]:
    """Have PostgreSQL told several writes at once: others wait for the ledger's head meanwhile."""
    if is_sqlite(session):
        return nullcontext()
    journey: AbstractContextManager[Any] = driver_of(session).driver_connection.pipeline()
    return journey


def insert_new(model: type[Any]) -> postgresql.Insert:
    """An insert that leaves alone what a unique key already holds, on both databases."""
    return postgresql.insert(model).on_conflict_do_nothing()


def is_sqlite(session: Session) -> bool:
    """Whether this session speaks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def covering(session: Session, table: str, lon: float, lat: float) -> list[UUID]:
    """Ids of the rows of `table` whose `boundary` covers a WGS 84 point, by the spatial index."""
    query = _COVERING_SQLITE[table] if is_sqlite(session) else _COVERING_POSTGRES[table]
    rows = session.connection().execute(query, {"lon": lon, "lat": lat})
    return sorted(value if isinstance(value, UUID) else UUID(value) for (value,) in rows)


def vacuum(owner: Database) -> None:
    """Give freed room back; on SQLite the spatial index follows the rows to their new numbers."""
    with owner.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw: Any = connection.connection.driver_connection
        if not owner.is_sqlite:
            connection.execute(text("VACUUM ANALYZE"))
            return
        raw.execute("VACUUM")
        for table in _COVERING_SQLITE:
            raw.execute(f"SELECT RecoverSpatialIndex('{table}', 'boundary')")


_COVERING_SQLITE = {
    table: text(
        # SpatiaLite does not use the R*Tree by itself; it is asked first.
        f"SELECT t.id FROM idx_{table}_boundary AS i JOIN {table} AS t ON t.rowid = i.pkid "  # noqa: S608  two names of our own
        "WHERE i.xmin <= :lon AND i.xmax >= :lon AND i.ymin <= :lat AND i.ymax >= :lat "
        "AND ST_Covers(t.boundary, MakePoint(:lon, :lat, 4326)) = 1"
    )
    for table in ("cell", "grid")
}
_COVERING_POSTGRES = {
    table: text(
        f"SELECT id FROM {table} "  # noqa: S608  two names of our own
        "WHERE ST_Covers(boundary, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
    )
    for table in ("cell", "grid")
}


def _postgres(url: str, *, alone: bool = False) -> Engine:
    """With `alone` each statement is a transaction of its own, and none is open to roll back."""
    apart: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    options = apart if alone else {}
    engine = create_engine(url, pool_size=16, max_overflow=4, query_cache_size=1500, **options)

    @event.listens_for(engine, "checkin")
    def leave(_: Any, kept: ConnectionPoolEntry) -> None:
        kept.info["left"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, kept: ConnectionPoolEntry, _: Any) -> None:
        """Ask whether the server is still there, when it has not been heard of for a while."""
        if time.monotonic() - kept.info.get("left", float("inf")) < STALE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as gone:
            raise DisconnectionError from gone

    return engine


def _sqlite(url: str, *, owner: bool) -> Engine:
    # First of all: mod_spatialite brings the system's PROJ and SQLite into the process, and
    # wheels with their own that are loaded after it crash on these.
    import pyogrio  # noqa: F401
    import pyproj  # noqa: F401
    from pysqlite3 import dbapi2

    if dbapi2.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError(f"SQLite {dbapi2.sqlite_version} may lose commits; 3.51.3 is needed")
    engine = create_engine(
        url,
        module=dbapi2,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 10},
        pool_size=16,
        max_overflow=4,
        query_cache_size=1500,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.enable_load_extension(True)
        connection.load_extension("mod_spatialite")
        connection.enable_load_extension(False)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if not owner:
            connection.set_authorizer(_only_appends(dbapi2))

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        raw: Any = connection.connection.driver_connection
        raw.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


APPEND_ONLY: set[str] = set()  # tables that nothing may change or delete; the ledger names them


def _only_appends(dbapi: Any) -> Callable[..., int]:
    """Refuse what would change the append-only tables or take their guards away."""
    changes = {dbapi.SQLITE_DELETE, dbapi.SQLITE_UPDATE}
    alters = {
        dbapi.SQLITE_DROP_TABLE,
        dbapi.SQLITE_DROP_TRIGGER,
        dbapi.SQLITE_CREATE_TRIGGER,
        dbapi.SQLITE_DROP_INDEX,
        dbapi.SQLITE_ATTACH,
        dbapi.SQLITE_DETACH,
    }

    def judge(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in changes and (first in APPEND_ONLY or first == "sqlite_master"):
            return int(dbapi.SQLITE_DENY)
        if action in alters or (action == dbapi.SQLITE_ALTER_TABLE and second in APPEND_ONLY):
            return int(dbapi.SQLITE_DENY)
        if action == dbapi.SQLITE_PRAGMA and second is not None:
            # A pragma with a value: those that would lift the guards stay as they were set.
            return int(dbapi.SQLITE_DENY if first in _GUARDING_PRAGMAS else dbapi.SQLITE_OK)
        return int(dbapi.SQLITE_OK)

    return judge


_GUARDING_PRAGMAS = frozenset(
    {"writable_schema", "recursive_triggers", "trusted_schema", "journal_mode", "synchronous"}
)


class _WriteLock:
    """One writer at a time, among the threads of a process and the processes of a site."""

    def __init__(self, database: Path) -> None:
        self._threads = threading.Lock()
        self._path = database.with_name(database.name + ".wlock")
        self._file: int | None = None

    def __enter__(self) -> None:
        """Wait for one's turn; raises `Busy` after `PATIENCE` seconds."""
        until = time.monotonic() + PATIENCE
        if not self._threads.acquire(timeout=PATIENCE):
            raise Busy
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            _lock(self._file, until)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


def _lock(file: int, until: float) -> None:
    """Take the lock of the site for this process before the monotonic moment `until`."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Busy from None
            time.sleep(0.0005)
        else:
            return
