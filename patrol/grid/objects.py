"""Road sections and key points beside the cells, taken in from an office's table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core import geo
from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.core.geo import Datum, to_wgs84
from patrol.core.sheets import open_sheets, unfit
from patrol.grid import queries
from patrol.grid.drafts import line
from patrol.grid.model import Grid, PatrolObject, Sort
from patrol.grid.rules import is_code
from patrol.ledger.service import note

MOST_ROWS = 20_000
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("编号", "编码", "点位编号", "路段编号"),
    "name": ("名称", "点位名称", "路段名称", "单位名称"),
    "sort": ("类别", "类型", "点位类型"),
    "spot": ("坐标", "经纬度", "位置", "起止坐标"),
    "lon": ("经度",),
    "lat": ("纬度",),
    "permit": ("许可证号", "许可编号", "证号"),
    "permit_until": ("有效期至", "许可到期", "到期日期"),
    "site": ("地址", "工地", "地点"),
    "topic": ("主题", "巡查主题"),
}
SORTS: Mapping[str, Sort] = {
    "路段": Sort.ROAD,
    "道路": Sort.ROAD,
    "许可点位": Sort.PERMIT,
    "许可": Sort.PERMIT,
    "工地": Sort.SITE,
    "建筑工地": Sort.SITE,
    "重点点位": Sort.POINT,
    "点位": Sort.POINT,
    **{sort.value: sort for sort in Sort},
}
_KEPT = ("sort", "name", "grid_id", "cell_id", "line", "permit", "permit_until", "site", "topic")


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row, as a code; the number is as the office sees it."""

    row: int
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Intake:
    """What taking a table in comes to."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


def take_in(
    session: Session,
    actor: Actor | None,
    content: bytes,
    stated: Datum,
    *,
    known_topics: Sequence[str],
    now: datetime,
) -> Intake:
    """Store the objects of an XLSX or CSV table row by row; what is wrong with a row is reported.

    An object that changes gets a new version, and what it was ends. Coordinates mean what is
    stated. Raises `Refused` where the table as a whole cannot be read.
    """
    came = Intake()
    seen: set[str] = set()
    for number, cells in _rows(content):
        try:
            made = _object(session, cells, stated, known_topics, now)
        except Refused as refused:
            came.faults.append(RowFault(number, refused.code, refused.facts))
            continue
        if made.code in seen:
            came.faults.append(RowFault(number, "object-twice", {"given": made.code}))
            continue
        seen.add(made.code)
        _store(session, made, came, now)
    session.flush()
    told = {"new": came.new, "changed": came.changed, "faults": len(came.faults)}
    if came.new or came.changed:
        note(session, actor, "objects.imported", "objects:all", told, at=now)
    return came


def objects_in(
    session: Session, grid_ids: Sequence[UUID], *, at: datetime | None = None
) -> list[PatrolObject]:
    """The objects in these grids, as they are or were, by kind and code."""
    query = select(PatrolObject).where(
        col(PatrolObject.grid_id).in_(grid_ids), queries.current(PatrolObject, at)
    )
    return list(session.scalars(query.order_by(col(PatrolObject.sort), col(PatrolObject.code))))


def follow(session: Session, grid_ids: Sequence[UUID], *, at: datetime) -> int:
    """Have the objects of grids that were re-cut lie where they lie now; how many moved."""
    moved = 0
    for one in objects_in(session, grid_ids):
        place = _place(session, one.line)
        if place != (one.grid_id, one.cell_id) and place[0] is not None:
            again = {name: getattr(one, name) for name in (*_KEPT, "code")}
            one.valid_to = at
            session.add(PatrolObject(**{**again, "grid_id": place[0], "cell_id": place[1]},
                                     valid_from=at))  # fmt: skip
            moved += 1
    session.flush()
    return moved


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    _, lines = next(open_sheets(content), ("", iter(())))
    numbered = ((number, row) for number, row in enumerate(lines, 1) if any(row))
    _, heading = next(numbered, (0, []))
    meant = {said: name for name, words in COLUMNS.items() for said in (name, *words)}
    names = {
        place: meant[said.strip()] for place, said in enumerate(heading) if said.strip() in meant
    }
    missing = {"code", "name", "sort"} - set(names.values())
    if missing:
        raise Refused(
            "objects-lack-columns",
            "file",
            columns="、".join(sorted(COLUMNS[m][0] for m in missing)),
        )
    for count, (number, row) in enumerate(numbered):
        if count >= MOST_ROWS:
            raise Refused("objects-too-many", "file", most=MOST_ROWS)
        yield (
            number,
            {name: row[place].strip() for place, name in names.items() if place < len(row)},
        )


def _object(
    session: Session,
    cells: Mapping[str, str],
    stated: Datum,
    known_topics: Sequence[str],
    now: datetime,
) -> PatrolObject:
    for value in cells.values():
        if (why := unfit(value)) is not None:
            raise Refused(why)
    code, name, sort = cells["code"], cells["name"], SORTS.get(cells["sort"])
    if not is_code(code) or not name or len(name) > 80:
        raise Refused("object-code-or-name", given=code[:40])
    if sort is None:
        raise Refused("object-sort", given=cells["sort"][:40])
    topic = cells.get("topic", "")
    if topic and topic not in known_topics:
        raise Refused("object-topic", given=topic[:40])
    until = _day(cells.get("permit_until", ""))
    if sort is Sort.PERMIT and not (cells.get("permit") and until):
        raise Refused("object-permit")
    points = [_turned(point, stated) for point in _points(cells, sort)]
    grid_id, cell_id = _place(session, points)
    if grid_id is None:
        raise Refused("place-outside", lon=points[0][0], lat=points[0][1])
    return PatrolObject(
        code=code,
        sort=sort,
        name=name,
        grid_id=grid_id,
        cell_id=cell_id,
        line=points,
        permit=cells.get("permit", "")[:64],
        permit_until=until,
        site=cells.get("site", "")[:120],
        topic=topic,
        valid_from=now,
    )


def _points(cells: Mapping[str, str], sort: Sort) -> list[list[float]]:
    given = cells.get("spot", "")
    if sort is Sort.ROAD:
        return line(given)
    if given:
        return [list(geo.spot(given))]
    return [list(geo.lon_lat(cells.get("lon"), cells.get("lat")))]


def _turned(point: list[float], stated: Datum) -> list[float]:
    turned = to_wgs84(shapely.Point(point), stated)
    return [round(turned.x, 7), round(turned.y, 7)]


def _place(session: Session, points: Sequence[Sequence[float]]) -> tuple[UUID | None, UUID | None]:
    """The grid and cell of the middle of an object."""
    lon, lat = points[len(points) // 2]
    cell = queries.cell_at(session, lon, lat)
    grid = session.get(Grid, cell.grid_id) if cell else queries.grid_at(session, lon, lat)
    return grid.id if grid else None, cell.id if cell else None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-")[:10])
    except ValueError:
        raise Refused("object-day", given=text[:40]) from None


def _store(session: Session, made: PatrolObject, came: Intake, now: datetime) -> None:
    old = session.scalars(
        select(PatrolObject).where(
            col(PatrolObject.code) == made.code, col(PatrolObject.valid_to).is_(None)
        )
    ).one_or_none()
    if old is not None and all(getattr(old, name) == getattr(made, name) for name in _KEPT):
        came.same.append(made.code)
        return
    (came.new if old is None else came.changed).append(made.code)
    if old is not None:
        old.valid_to = now
    session.add(made)
