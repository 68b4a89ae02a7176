"""Sorts the standings of thousands of cells into states inside the database.

A statement depends on nothing but its shape, so each is built once: building one costs as much
as running it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from patrol.coverage.rules import RANKS, never, steps
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import current
from patrol.plans.model import Plan, Standing
from patrol.plans.rules import Moment

_FAR = datetime(9999, 1, 1, tzinfo=UTC)  # no credit reaches it
_PATH = bindparam("path", type_=String())
_BELOW = select(col(Grid.id)).where(
    func.substr(col(Grid.path), 1, func.length(_PATH)) == _PATH, current(Grid)
)
_AMONG: BindParameter[Any] = bindparam("among", expanding=True)
_CELL = (col(Standing.grid_id), col(Standing.cell_id))

_SCOPE = aliased(Grid)  # what a plan covers: part of the place, all of it, or an older cut of it
_OLDER = select(col(Standing.plan_id)).where(
    col(Standing.plan_id) == col(Plan.id), col(Standing.grid_id).in_(_BELOW)
)


def _key(cell_id: Any) -> ColumnElement[str]:
    """A cell's id as text, which costs less to read by the thousand."""
    return cast(cell_id, String)


# What these are told: `path`, where the grids looked at hang in the tree.
PLANS = (
    select(col(Plan.id))
    .join(_SCOPE, col(_SCOPE.id) == col(Plan.grid_id))
    .where(
        or_(
            func.substr(col(_SCOPE.path), 1, func.length(_PATH)) == _PATH,
            func.substr(_PATH, 1, func.length(col(_SCOPE.path))) == col(_SCOPE.path),
            col(_SCOPE.valid_to).is_not(None) & _OLDER.exists(),
        )
    )
)
CELLS = select(func.count(col(Cell.id))).where(col(Cell.grid_id).in_(_BELOW), current(Cell))


class Shape(NamedTuple):
    """What the statements below depend on."""

    moments: int  # different ones that plans are at
    among: bool = False  # only `among` these grids of the path
    graded: bool = False  # only credits of a `grade` or better count


def told(path: str, moments: Mapping[UUID, Moment]) -> tuple[int, dict[str, Any]]:
    """How many different moments plans are at, and what the statements below are told of them."""
    alike: dict[Moment, list[UUID]] = {}
    for plan_id, at in moments.items():
        alike.setdefault(at, []).append(plan_id)
    values: dict[str, Any] = {"path": path, "plans": list(moments)}
    for number, (at, ids) in enumerate(alike.items()):
        *reached, (_, oldest) = steps(at)
        late, early = (reached + [(_FAR, oldest)] * 2)[:2]
        own = {
            "plans": ids,
            "late_at": late[0],
            "late": RANKS.index(late[1]),
            "early_at": early[0],
            "early": RANKS.index(early[1]),
            "oldest": RANKS.index(oldest),
            "never": RANKS.index(never(at)),
        }
        values |= {f"{name}{number}": value for name, value in own.items()}
    return len(alike), values


CODES = select(_key(Cell.id), col(Cell.code)).where(col(Cell.grid_id).in_(_BELOW), current(Cell))


@cache
def states(shape: Shape, *, by_index: bool) -> Select[Any]:
    """For each rank the keys of its cells, a space between them; all in one row.

    `by_index` groups in the order of the index, as SQLite reads it; PostgreSQL hashes, and one
    key takes it less time than two.
    """
    cells = _ranked(shape).group_by(*_CELL if by_index else _CELL[1:])
    ranked = cells.with_only_columns(*cells.selected_columns[1:]).subquery()
    keys = func.aggregate_strings(_key(ranked.c.cell_id), " ")
    of_ranks: list[Any] = [keys.filter(ranked.c.rank == rank) for rank in range(len(RANKS))]
    return select(*of_ranks)


@cache
def counts(shape: Shape) -> Select[UUID, int, int, datetime | None]:
    """The cells of each grid by rank, with the last credit of the one that waits longest."""
    ranked = _dated(shape)
    return (
        select(ranked.c.grid_id, ranked.c.rank, func.count(), func.min(ranked.c.last))
        .join(Cell, col(Cell.id) == ranked.c.cell_id)
        .where(current(Cell))
        .group_by(ranked.c.grid_id, ranked.c.rank)
    )


@cache
def cells(shape: Shape) -> Select[UUID, str, int, str, int, datetime | None]:
    """The cells at one of `ranks`, worst and longest unvisited first, as a page of them."""
    ranked = _dated(shape)
    return (
        select(
            col(Cell.id),
            col(Cell.code),
            col(Cell.number),
            col(Grid.name),
            ranked.c.rank,
            ranked.c.last,
        )
        .join(ranked, ranked.c.cell_id == col(Cell.id))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(current(Cell), ranked.c.rank.in_(bindparam("ranks", expanding=True)))
        .order_by(ranked.c.rank.desc(), ranked.c.last, col(Cell.code))
        .offset(bindparam("offset", type_=Integer()))
        .limit(bindparam("limit", type_=Integer()))
    )


def _dated(shape: Shape) -> Subquery:
    """The cells under `plans` and their ranks, with their last credits."""
    ranked = _ranked(shape).add_columns(func.max(_seen_at(shape)).label("last"))
    among = col(Standing.plan_id).in_(bindparam("plans", expanding=True))
    return ranked.where(among).group_by(*_CELL).subquery()


def _ranked(shape: Shape) -> Select[UUID, UUID, Any]:
    """Each cell with the worst of its ranks; none where no plan of these moments covers it."""
    seen_at = _seen_at(shape)
    by_moment = [
        (
            col(Standing.plan_id).in_(bindparam(f"plans{n}", expanding=True)),
            case(
                (seen_at >= bindparam(f"late_at{n}"), _rank(f"late{n}")),
                (seen_at >= bindparam(f"early_at{n}"), _rank(f"early{n}")),
                (seen_at.is_(None), _rank(f"never{n}")),
                else_=_rank(f"oldest{n}"),
            ),
        )
        for n in range(shape.moments)
    ]
    rank = func.max(case(*by_moment)).label("rank")
    found = select(col(Standing.grid_id), col(Standing.cell_id), rank)
    found = found.where(col(Standing.grid_id).in_(_BELOW))
    return found.where(col(Standing.grid_id).in_(_AMONG)) if shape.among else found


def _seen_at(shape: Shape) -> Any:
    """When a cell was credited last; never, where that was not proven as well as asked."""
    if not shape.graded:
        return col(Standing.seen_at)
    return case((col(Standing.grade) <= bindparam("grade"), col(Standing.seen_at)))


def _rank(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer())
