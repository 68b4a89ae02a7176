"""Makes the smallest things a test needs, straight into the database."""

import hashlib
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, box
from shapely.geometry.base import BaseGeometry
from sqlmodel import SQLModel, col, select

from patrol.catalogue.model import Condition, EventClass, HandlingUnit, Topic
from patrol.catalogue.rules import Persistence
from patrol.core.access import Actor
from patrol.core.calendar import LimitUnit
from patrol.core.roles import LINE_OF, Identity, Line, PostKind, Role
from patrol.core.store import Database
from patrol.grid.model import Cell, Grid, Tier
from patrol.people.model import Person, Post, SessionToken
from patrol.plans.model import Plan, PlanState, Standing
from patrol.plans.rules import Cadence

ORIGIN = (113.66, 34.76)  # Zhengzhou, WGS 84
STEP = 0.001  # about 91 m east, 111 m north
TIERS = ((1, "街道", "Street"), (2, "社区", "Community"), (3, "责任网格", "Responsibility grid"))


class Make:
    """Every method stores one thing and gives it back, detached."""

    def __init__(self, database: Database, now: datetime) -> None:
        """Make things in `database` as of `now`."""
        self.database, self.now, self._numbers = database, now, count(1)
        self.since = now - timedelta(days=90)

    def store(self, *rows: SQLModel) -> None:
        """Store rows as they are."""
        with self.database.transaction() as session:
            session.add_all(rows)

    def grid(
        self,
        parent: Grid | None = None,
        *,
        tier: int | None = None,
        name: str | None = None,
        shape: BaseGeometry | None = None,
    ) -> Grid:
        """A grid beside those made before; of the lowest tier when it has no parent."""
        number = next(self._numbers)
        tier = tier or (parent.tier + 1 if parent else 3)
        code = f"4101050{number:02d}" if parent is None else f"{parent.code}{number:03d}"
        west, south = ORIGIN[0] + 0.05 * (number % 20), ORIGIN[1] + 0.05 * (number // 20)
        shape = shape or box(west, south, west + 0.02, south + 0.02)
        grid = Grid(
            code=code,
            name=name or f"网格{number:02d}",
            tier=tier,
            parent_id=parent.id if parent else None,
            path=f"{parent.path if parent else ''}{code}/",
            area=4_000_000.0,
            boundary=area(shape),
            valid_from=self.since,
        )
        with self.database.transaction() as session:
            for number_, name_, name_en in TIERS:
                if session.get(Tier, number_) is None:
                    session.add(Tier(number=number_, name=name_, name_en=name_en))
            session.flush()
            session.add(grid)
        grid.__dict__["shape"] = shape
        return grid

    def tree(self) -> tuple[Grid, Grid, Grid]:
        """A street, a community in it, and a responsibility grid in that."""
        street = self.grid(tier=1, name="经八路街道")
        community = self.grid(street, name="纬三路社区")
        return street, community, self.grid(community, name="经八路03网格")

    def cells(self, grid: Grid, wanted: int = 4) -> list[Cell]:
        """A row of cells of about 1 ha, west to east, in this grid's south-west corner."""
        shape = grid.__dict__.get("shape") or box(*ORIGIN, ORIGIN[0] + 0.02, ORIGIN[1] + 0.02)
        west, south = shape.bounds[:2]
        made = []
        for number in range(1, wanted + 1):
            left, low = west + ((number - 1) % 20) * STEP, south + ((number - 1) // 20) * STEP
            square = box(left, low, left + STEP, low + STEP)
            made.append(
                Cell(
                    code=f"{grid.code}{number:03d}"[-15:],
                    grid_id=grid.id,
                    number=number,
                    area=10_150.0,
                    lon=left + STEP / 2,
                    lat=low + STEP / 2,
                    boundary=area(square),
                    valid_from=self.since,
                )
            )
        self.store(*made)
        return made

    def person(
        self, role: Role | None = None, grid: Grid | None = None, *, name: str = "", **more: Any
    ) -> Person:
        """Somebody, with a binding post of that role on that grid when given."""
        number = next(self._numbers)
        person = Person(
            login=more.pop("login", f"p{number}"),
            name=name or f"张{number}",
            identity=more.pop("identity", Identity.CIVIL_SERVANT),
            recorded_at=self.since,
            **more,
        )
        self.store(person)
        if role is not None:
            self.post(person, role, grid or self.grid())
        return person

    def post(self, person: Person, role: Role, grid: Grid, **more: Any) -> Post:
        """A post held since long, accepted."""
        post = Post(
            **{
                "person_id": person.id,
                "role": role,
                "grid_id": grid.id,
                "kind": PostKind.PRIMARY,
                "from_at": self.since,
                "recorded_at": self.since,
                "accepted_at": self.since,
                **more,
            }
        )
        self.store(post)
        return post

    def actor(self, person: Person) -> Actor:
        """The person as the house knows actors."""
        from patrol.people.queries import actor_of

        with self.database.reading() as session:
            return actor_of(session, person.id, now=self.now)

    def token(self, person: Person) -> str:
        """A signed-in browser's token."""
        token = f"token-of-{person.id}-{next(self._numbers)}"
        self.store(
            SessionToken(
                id=hashlib.sha256(token.encode()).hexdigest(),
                person_id=person.id,
                made_at=self.now,
                seen_at=self.now,
                ends_at=self.now + timedelta(hours=16),
                proved_at=self.now,
            )
        )
        return token

    def topic(self, code: str = "street_order") -> Topic:
        """A topic of that code, once."""
        with self.database.transaction() as session:
            topic = session.get(Topic, code)
            if topic is None:
                topic = Topic(code=code, name="街面秩序", name_en="Street order")
                session.add(topic)
        return topic

    def event_class(self, code: str = "E0405", **more: Any) -> EventClass:
        """A class (店外经营 unless told otherwise) with one condition."""
        self.topic(more.get("topic", "street_order"))
        kind = EventClass(
            **{
                "code": code,
                "name": "店外经营",
                "name_en": "Trading outside the shop",
                "major": "街面秩序",
                "topic": "street_order",
                "persistence": Persistence.RECURRING,
                "severity": "ordinary",
                "stop_amount": 2,
                "stop_unit": LimitUnit.URGENT_HOUR,
                "favourite": 1,
                "valid_from": self.since,
                **more,
            }
        )
        self.store(kind)
        self.store(
            Condition(class_id=kind.id, number=1, limit_amount=2, limit_unit=LimitUnit.URGENT_HOUR)
        )
        return kind

    def unit(self, name: str = "环卫所") -> HandlingUnit:
        """A handling unit."""
        unit = HandlingUnit(code=f"U{next(self._numbers)}", name=name)
        self.store(unit)
        return unit

    def plan(self, grid: Grid, role: Role = Role.OFFICER, **more: Any) -> Plan:
        """A published daily plan over the cells below this grid, with their standings."""
        maker = more.pop("made_by", None) or self.person().id
        plan = Plan(
            **{
                "name": "日常巡查",
                "grid_id": grid.id,
                "line": LINE_OF.get(role, Line.UNIT),
                "role": role,
                "cadence": Cadence.DAILY,
                "rrule": "FREQ=DAILY",
                "topics": ["street_order"],
                "state": PlanState.PUBLISHED,
                "valid_from": self.since,
                "made_by": maker,
                "made_at": self.since,
                "published_by": maker,
                "published_at": self.since,
                **more,
            }
        )
        self.store(plan)
        with self.database.transaction() as session:
            below = select(col(Grid.id)).where(col(Grid.path).startswith(grid.path))
            for cell in session.exec(select(Cell).where(col(Cell.grid_id).in_(below))):
                session.add(Standing(plan_id=plan.id, cell_id=cell.id, grid_id=cell.grid_id))
        return plan

    def reload(self, model: type[SQLModel], key: Any) -> Any:
        """The row as it is stored now."""
        with self.database.reading() as session:
            return session.get(model, key)

    def rows(self, model: type[SQLModel], *conditions: Any) -> list[Any]:
        """The rows that meet the conditions."""
        with self.database.reading() as session:
            return list(session.exec(select(model).where(*conditions)))


def area(shape: BaseGeometry) -> Any:
    """A shape as the database keeps areas."""
    whole = shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
    return from_shape(whole, srid=4326)
