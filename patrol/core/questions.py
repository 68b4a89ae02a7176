"""Statements that every request needs: written once, compiled once, put to the driver itself.

SQLAlchemy's way around a statement costs several times what the small answers of these cost; it
still writes the SQL and knows the types.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from patrol.core.store import driver_of, engine_of

Turn = Callable[[Any], Any]


@dataclass(frozen=True)
class _Written:
    """A statement as one driver takes it."""

    sql: str
    order: tuple[str, ...] | None  # of the values, where the driver counts them
    fixed: Mapping[str, Any]  # values that the statement brings itself
    given: Mapping[str, Turn]  # how values become the driver's
    taken: tuple[tuple[int, Turn], ...]  # how columns become ours, by place

    def told(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver wants them; raises `KeyError` for one that is not given."""
        given = {**self.fixed, **values}
        for name, turn in self.given.items():
            given[name] = turn(given[name])
        return [given[name] for name in self.order] if self.order else given


class _Statement:
    """What is compiled for a database when it is first put to one."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update) -> None:
        self._statement = statement
        self._written: dict[str, _Written] = {}

    def _for(self, dialect: Dialect) -> _Written:
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _write(self._statement, dialect)
        return written


class Question(_Statement):
    """A query with bound values, asked often; rows come as plain tuples, in order."""

    def ask(self, session: Session, /, **values: Any) -> list[tuple[Any, ...]]:
        """Ask within the session's own transaction."""
        dialect = engine_of(session).dialect
        written = self._for(dialect)
        with _cursor(session, dialect) as cursor:
            cursor.execute(written.sql, written.told(values))
            rows: list[tuple[Any, ...]] = list(cursor.fetchall())
        return [_ours(row, written.taken) for row in rows] if written.taken else rows


class Write(_Statement):
    """An insert or update with bound values, done often."""

    def do(self, session: Session, *rows: Mapping[str, Any]) -> int:
        """Do it within the session's own transaction, once for each row of values.

        Gives how many rows of the table that touched; in what is done at the end of a transaction
        PostgreSQL has not said so yet.
        """
        dialect = engine_of(session).dialect
        written = self._for(dialect)
        with _cursor(session, dialect) as cursor:
            if len(rows) == 1:
                cursor.execute(written.sql, written.told(rows[0]))
            else:
                cursor.executemany(written.sql, [written.told(row) for row in rows])
            return int(cursor.rowcount)


@contextmanager
def _cursor(session: Session, dialect: Dialect) -> Iterator[Any]:
    """The driver's cursor; its faults are told as SQLAlchemy tells them."""
    cursor = driver_of(session).cursor()
    fault: Any = dialect.loaded_dbapi.Error
    try:
        yield cursor
    except fault as error:
        raise DBAPIError.instance(None, None, error, fault, dialect=dialect) from error
    finally:
        cursor.close()


def _ours(row: tuple[Any, ...], taken: tuple[tuple[int, Turn], ...]) -> tuple[Any, ...]:
    values = list(row)
    for place, turn in taken:
        values[place] = turn(values[place])
    return tuple(values)


def _write(statement: Select[*tuple[Any, ...]] | Insert | Update, dialect: Dialect) -> _Written:
    compiled: Any = statement.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise ValueError("in_() over values is written out by how many they are: use or_()")
    turns = {
        name: bound.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bound in compiled.binds.items()
    }
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    processors = [
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
    ]
    fixed = {
        name: bound.effective_value for name, bound in compiled.binds.items() if not bound.required
    }
    return _Written(
        sql=str(compiled),
        order=tuple(compiled.positiontup) if compiled.positional else None,
        fixed=fixed,
        given={name: turn for name, turn in turns.items() if turn is not None},
        taken=tuple((place, turn) for place, turn in enumerate(processors) if turn is not None),
    )
