"""Questions that every request asks: written once, compiled once, put to the driver itself.

SQLAlchemy's way around a statement costs several times what the small answers of these cost; it
still writes the SQL and knows the types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select
from sqlmodel import Session

from patrol.core.store import driver_of, engine_of

Turn = Callable[[Any], Any]


@dataclass(frozen=True)
class _Written:
    """A question as one driver takes it."""

    sql: str
    order: tuple[str, ...] | None  # of the values, where the driver counts them
    fixed: Mapping[str, Any]  # values that the question brings itself
    given: Mapping[str, Turn]  # how values become the driver's
    taken: tuple[tuple[int, Turn], ...]  # how columns become ours, by place


class Question:
    """A query with bound values, asked often; rows come as plain tuples, in order."""

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        """Keep the query; it is compiled when a database is first asked."""
        self._query = query
        self._written: dict[str, _Written] = {}

    def ask(self, session: Session, /, **values: Any) -> list[tuple[Any, ...]]:
        """Ask within the session's own transaction; raises `KeyError` for a value not given."""
        dialect = engine_of(session).dialect
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _write(self._query, dialect)
        given = {**written.fixed, **values}
        for name, turn in written.given.items():
            given[name] = turn(given[name])
        cursor = driver_of(session).cursor()
        try:
            told: Any = [given[name] for name in written.order] if written.order else given
            cursor.execute(written.sql, told)
            rows: list[tuple[Any, ...]] = list(cursor.fetchall())
        finally:
            cursor.close()
        return [_ours(row, written.taken) for row in rows] if written.taken else rows


def _ours(row: tuple[Any, ...], taken: tuple[tuple[int, Turn], ...]) -> tuple[Any, ...]:
    values = list(row)
    for place, turn in taken:
        values[place] = turn(values[place])
    return tuple(values)


def _write(query: Select[*tuple[Any, ...]], dialect: Dialect) -> _Written:
    compiled: Any = query.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise ValueError("in_() over values is written out by how many they are: use or_()")
    turns = {
        name: bound.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bound in compiled.binds.items()
    }
    columns = [
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in query.selected_columns
    ]
    fixed = {
        name: bound.effective_value for name, bound in compiled.binds.items() if not bound.required
    }
    return _Written(
        sql=str(compiled),
        order=tuple(compiled.positiontup) if compiled.positional else None,
        fixed=fixed,
        given={name: turn for name, turn in turns.items() if turn is not None},
        taken=tuple((place, turn) for place, turn in enumerate(columns) if turn is not None),
    )
