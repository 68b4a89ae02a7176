"""Lays the demo's ground through the real services: grids, cells, catalogue, people and plans."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from patrol.catalogue import service as catalogue
from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.core.geo import datum
from patrol.core.roles import Role
from patrol.demo import place
from patrol.demo.staff import Staff, engage
from patrol.escalation.service import seed_ladders
from patrol.grid import queries as grids
from patrol.grid import service as grid_service
from patrol.grid.files import Reading
from patrol.grid.model import Grid
from patrol.grid.queries import CellCard
from patrol.grid.rules import Area
from patrol.people.model import Person
from patrol.people.queries import actor_of
from patrol.plans import needs
from patrol.plans import service as plans
from patrol.plans.drafts import PlanDraft
from patrol.plans.model import Need, Plan
from patrol.plans.rules import Cadence
from patrol.shifts.rules import Band

TIERS = (("区", "District"), ("街道", "Street"), ("社区", "Community"),
         ("责任网格", "Responsibility grid"))  # fmt: skip
CELL = 100.0  # metres
UNITS = (
    ("HW", "金水区市容环卫中心"),
    ("SZ", "金水区市政设施服务中心"),
    ("ZF", "金水区行政执法大队"),
)
REASONS = {
    Need.FLOOR: "人手不足，本季度先按此频次执行",
    Need.SCOPE: "范围随网格调整",
    Need.LOAD: "临近商圈网格由邻近人员协助，工作量按协助后计",
}
SIGNER = 3  # which supervisor signs plans: none of those who judge and investigate
HOT = 11  # responsibility grids with a daily plan


@dataclass
class City:
    """What was laid: the tree, its cells, who works there, and the plans in force."""

    zone: ZoneInfo
    tiers: list[list[Grid]]
    cells: dict[UUID, list[CellCard]]
    staff: Staff
    units: list[UUID]
    hot: list[Grid] = field(default_factory=list)
    markets: list[Grid] = field(default_factory=list)
    actors: dict[tuple[UUID, int], Actor] = field(default_factory=dict)
    turns: list[date] = field(default_factory=list)  # days on which somebody's posts change
    stand_ins: dict[tuple[UUID, date], Person | None] = field(default_factory=dict)
    evenings: dict[UUID, Person] = field(default_factory=dict)  # who walks a market after two
    bands: dict[UUID, Band] = field(default_factory=dict)  # shifts of persons; others work by day
    tagged: set[UUID] = field(default_factory=set)  # grids with a tag in each cell

    @property
    def district(self) -> Grid:
        """The topmost grid."""
        return self.tiers[0][0]

    def parent(self, grid: Grid) -> Grid:
        """The grid right above one."""
        return next(one for tier in self.tiers for one in tier if one.id == grid.parent_id)

    def actor(self, session: Session, role: Role, number: int = 0, *, now: datetime) -> Actor:
        """Somebody of a role as the house knows actors."""
        return self.acting(session, self.staff.people[role][number].id, now=now)

    def acting(self, session: Session, person_id: UUID, *, now: datetime) -> Actor:
        """A person with the posts of that day; they change on known days alone, at midnight."""
        day = now.astimezone(self.zone).date()
        key = person_id, sum(turn <= day for turn in self.turns)
        if key not in self.actors:
            self.actors[key] = actor_of(session, person_id, now=now)
        return self.actors[key]


def lay(session: Session, password: str, random: Random, zone: ZoneInfo, *, now: datetime) -> City:
    """Draw the tree, cut it into cells, engage the staff; `now` is before the month begins."""
    catalogue.seed(session, now=now)
    seed_ladders(session, now=now)
    grid_service.name_tiers(session, None, TIERS, now=now)
    session.flush()
    for number, tier in enumerate(place.pieces(random), start=1):
        areas = [Area(one.code, one.name, one.shape, one.parent) for one in tier]
        judged = grid_service.judge(session, Reading(areas, {}, []), number, datum("wgs84"))
        grid_service.import_areas(session, None, judged, now=now)
        session.flush()
    (root,) = grids.roots(session)
    grid_service.generate(session, None, grid_service.cuttings(session, [root]), CELL, now=now)
    session.flush()
    below = grids.below(session, root.id)
    tiers = [[grid for grid in below if grid.tier == tier] for tier in range(1, 5)]
    cells: dict[UUID, list[CellCard]] = {grid.id: [] for grid in tiers[3]}
    for cell in grids.cells_below(session, root):
        cells[cell.grid_id].append(cell)
    units = [catalogue.add_unit(session, code, name, now=now).id for code, name in UNITS]
    staff = engage(session, tiers, units, password, random, now=now)
    return City(zone, tiers, cells, staff, units)


def plan(session: Session, city: City, first: date, random: Random, *, now: datetime) -> None:
    """Publish what the month asks for: daily on hot spots, weekly below, monthly on streets."""
    by_officer: dict[UUID, list[Grid]] = {}
    for grid in city.tiers[3]:
        officer = city.staff.of(Role.OFFICER, city.parent(grid))
        if officer is not None:
            by_officer.setdefault(officer.id, []).append(grid)
    chosen = [random.choice(own) for own in by_officer.values()]
    second = next(one for one in next(iter(by_officer.values())) if one.id != chosen[0].id)
    city.hot, city.markets = chosen[:HOT], [second, chosen[HOT]]
    street_topics = ("street_order", "city_appearance", "advertising")
    for grid in city.hot:
        _publish(session, city, grid, first, now, name="重点街面日巡", role=Role.OFFICER,
                 cadence=Cadence.DAILY, topics=street_topics)  # fmt: skip
    for grid in city.markets:
        _publish(session, city, grid, first, now, name="早晚市高峰巡查", role=Role.OFFICER,
                 cadence=Cadence.DAILY, times=2, hours="07:30-09:30、17:00-19:00", grace=20,
                 topics=("street_order",))  # fmt: skip
    for grid in city.tiers[2]:
        _publish(session, city, grid, first, now, name="社区周巡", role=Role.WORKER,
                 cadence=Cadence.WEEKLY, weekdays=(0,),
                 topics=("city_appearance", "advertising", "construction", "other"))  # fmt: skip
    for grid in city.tiers[1]:
        _publish(session, city, grid, first, now, name="街道月度巡查", role=Role.HEAD,
                 cadence=Cadence.MONTHLY, monthdays=(1,), topics=("construction", "emergencies"),
                 grade="B", minutes_per_cell=0.5)  # fmt: skip


def draft_weekly(city: City, session: Session, now: datetime) -> None:
    """A squad leader asks for less than the floor of the tier; a supervisor has yet to sign."""
    told = {
        "name": "背街小巷周巡",
        "role": Role.OFFICER,
        "cadence": Cadence.WEEKLY,
        "weekdays": (2,),
    }
    day = now.astimezone(city.zone).date()
    grid = next(one for one in city.tiers[3] if one not in (*city.hot, *city.markets))
    _make(session, city, grid, day, now, topics=("street_order", "city_appearance"), **told)


def leader_of(city: City, grid: Grid) -> Person:
    """The squad leader of the street that a grid lies in."""
    street = grid
    while street.tier > 2:
        street = city.parent(street)
    leader = city.staff.of(Role.SQUAD_LEADER, street)
    if leader is None:
        raise LookupError(f"nobody leads {street.code}")
    return leader


def _publish(
    session: Session, city: City, grid: Grid, first: date, now: datetime, **told: object
) -> None:
    made = _make(session, city, grid, first, now, **told)
    actor = city.acting(session, leader_of(city, grid).id, now=now)
    try:
        plans.publish(session, actor, made.id, zone=city.zone, now=now)
    except Refused:
        asked = needs.needed(session, made, zone=city.zone, now=now)
        signer = city.actor(session, Role.SUPERVISOR, SIGNER, now=now)
        reason = "；".join(REASONS[need] for need in asked)
        plans.sign(session, signer, made.id, reason, zone=city.zone, now=now)
        plans.publish(session, actor, made.id, zone=city.zone, now=now)


def _make(
    session: Session, city: City, grid: Grid, first: date, now: datetime, **told: object
) -> Plan:
    actor = city.acting(session, leader_of(city, grid).id, now=now)
    draft = PlanDraft.model_validate({"grid_id": grid.id, "valid_from": first, **told})
    return plans.make(session, actor, draft, zone=city.zone, now=now)


def midnight_of(now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of the day that `now` is in."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)
