"""Sorts the standings of thousands of cells into states inside the database.

A statement depends on nothing but how many different moments its plans are at, so each is built
once: building one costs as much as running it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    String,
    Subquery,
    bindparam,
    case,
    func,
    select,
)
from sqlmodel import col

from patrol.coverage.rules import RANKS, never, steps
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import current
from patrol.plans.model import Standing
from patrol.plans.rules import Moment

_FAR = datetime(9999, 1, 1, tzinfo=UTC)  # no credit reaches it
_PATH = bindparam("path", type_=String())
_BELOW = select(col(Grid.id)).where(
    func.substr(col(Grid.path), 1, func.length(_PATH)) == _PATH, current(Grid)
)
_CELL = (col(Standing.grid_id), col(Standing.cell_id))

# What these are told: `path`, where the grids looked at hang in the tree.
PLANS = select(col(Standing.plan_id)).where(col(Standing.grid_id).in_(_BELOW)).distinct()
CELLS = select(func.count(col(Cell.id))).where(col(Cell.grid_id).in_(_BELOW), current(Cell))


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


@cache
def states(moments: int) -> Select[int | None, str]:
    """The codes of the cells of each rank, a space between them; no rank without a plan."""
    ranked = _ranked(moments).group_by(*_CELL).subquery()
    return (
        select(ranked.c.rank, func.aggregate_strings(col(Cell.code), " "))
        .join(Cell, col(Cell.id) == ranked.c.cell_id)
        .where(current(Cell))
        .group_by(ranked.c.rank)
    )


@cache
def counts(moments: int) -> Select[UUID, int, int, datetime | None]:
    """The cells of each grid by rank, with the last credit of the one that waits longest."""
    ranked = _dated(moments)
    return (
        select(ranked.c.grid_id, ranked.c.rank, func.count(), func.min(ranked.c.last))
        .join(Cell, col(Cell.id) == ranked.c.cell_id)
        .where(current(Cell))
        .group_by(ranked.c.grid_id, ranked.c.rank)
    )


@cache
def cells(moments: int) -> Select[str, int, str, int, datetime | None]:
    """The cells at one of `ranks`, worst and longest unvisited first, as a page of them."""
    ranked = _dated(moments)
    return (
        select(col(Cell.code), col(Cell.number), col(Grid.name), ranked.c.rank, ranked.c.last)
        .join(ranked, ranked.c.cell_id == col(Cell.id))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(current(Cell), ranked.c.rank.in_(bindparam("ranks", expanding=True)))
        .order_by(ranked.c.rank.desc(), ranked.c.last, col(Cell.code))
        .offset(bindparam("offset", type_=Integer()))
        .limit(bindparam("limit", type_=Integer()))
    )


def _dated(moments: int) -> Subquery:
    """The cells under `plans` and their ranks, with their last credits."""
    ranked = _ranked(moments).add_columns(func.max(col(Standing.seen_at)).label("last"))
    among = col(Standing.plan_id).in_(bindparam("plans", expanding=True))
    return ranked.where(among).group_by(*_CELL).subquery()


def _ranked(moments: int) -> Select[UUID, UUID, Any]:
    """Each cell with the worst of its ranks; none where no plan of these moments covers it."""
    seen_at = col(Standing.seen_at)
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
        for n in range(moments)
    ]
    rank = func.max(case(*by_moment)).label("rank")
    return select(col(Standing.grid_id), col(Standing.cell_id), rank).where(
        col(Standing.grid_id).in_(_BELOW)
    )


def _rank(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer())
