"""The ground of a generated city: four tiers of grids, cells, people on posts, plans in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple

from shapely import box
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session, SQLModel

from patrol.catalogue import service as catalogue
from patrol.catalogue.queries import topics
from patrol.core import clock
from patrol.core.roles import LINE_OF, Identity, PostKind, Role
from patrol.core.store import Database
from patrol.demo.city import TIERS
from patrol.grid import service as grid_service
from patrol.grid.model import Cell, Grid
from patrol.people.model import Person, Post
from patrol.people.queries import actor_of
from patrol.plans.model import Plan
from patrol.plans.opening import put_in_force
from patrol.plans.rules import Cadence
from tests.make import ORIGIN, STEP, area

NOW = datetime(2026, 11, 6, 6, 0, tzinfo=UTC)  # a Friday, 14:00 in Zhengzhou
DAYS = 365  # of history, today among them
STREET = 5_000  # cells in a street
CELLS_IN_GRID = 100_000 / 4_200
COMMUNITY = 21  # grids of the lowest tier in a community, three wide and seven high
BLOCK = (6, 4)  # cells of a lowest grid, wide and high
RELIEVED = 4  # of the grids of a community, those whose officer is relieved by another
IN_A_ROW = 5  # streets of a district, and communities of a street
WIDE, HIGH = 15 * BLOCK[0] * STEP, 14 * BLOCK[1] * STEP  # a street, in degrees
SQUARE_METRES = 1.015e10  # of a square degree
CADENCES = (
    ("日常巡查", Cadence.DAILY, "FREQ=DAILY"),
    ("每周巡查", Cadence.WEEKLY, "FREQ=WEEKLY;BYDAY=MO"),
    ("每月巡查", Cadence.MONTHLY, "FREQ=MONTHLY;BYMONTHDAY=1"),
)


Made = list[SQLModel]


class Spot(NamedTuple):
    """A cell as history needs it: its key in hex, and where it lies."""

    key: str
    place: str  # its longitude and latitude, parted by a tab


@dataclass(frozen=True)
class Lot:
    """A grid of the lowest tier with its cells, and who walks it for which plans."""

    grid: Grid
    officer: Person
    cells: list[Spot]
    plans: dict[Cadence, Plan]


@dataclass
class Ground:
    """What history happens on."""

    began: datetime  # when the plans came into force
    streets: list[Grid] = field(default_factory=list)
    leaders: list[Person] = field(default_factory=list)  # one a street
    lots: list[Lot] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return sum(len(lot.cells) for lot in self.lots)

    def plans(self) -> Iterator[Plan]:
        """Every plan once."""
        known = {plan.id: plan for lot in self.lots for plan in lot.plans.values()}
        yield from known.values()


def lay(database: Database, cells: int) -> Ground:
    """A city of so many cells at the moment its year begins."""
    midnight = NOW.astimezone(clock.city()).replace(hour=0, minute=0)
    ground = Ground((midnight - timedelta(days=DAYS - 1)).astimezone(UTC))
    streets = -(-cells // STREET)
    sizes = _shares(cells, streets)
    with database.transaction() as session:
        catalogue.set_figure(session, None, "site.kind", "test", now=ground.began)
        catalogue.seed(session, now=ground.began)
        grid_service.name_tiers(session, None, TIERS, now=ground.began)
    districts: list[Grid] = []
    for number, size in enumerate(sizes):
        with database.transaction() as session:
            if number % IN_A_ROW == 0:
                districts.append(_district(session, ground, len(districts)))
            _street(session, ground, districts[-1], number, size)
    return ground


def _district(session: Session, ground: Ground, number: int) -> Grid:
    made: Made = []
    west, south = _corner(number * IN_A_ROW)
    shape = box(west, south, west + IN_A_ROW * WIDE, south + HIGH)
    grid = _grid(made, ground, f"41{number + 1:04}", None, shape)
    _store(session, made)
    return grid


def _store(session: Session, made: Made) -> None:
    """Store rows in the order in which they need each other."""
    for model in (Grid, Person, Post, Cell):
        session.add_all(one for one in made if isinstance(one, model))
        session.flush()


def _street(session: Session, ground: Ground, district: Grid, number: int, size: int) -> None:
    """A street with all that is below it, its staff and its plans."""
    made: Made = []
    west, south = _corner(number)
    code = f"{district.code}{number % IN_A_ROW + 1:03}"
    street = _grid(made, ground, code, district, box(west, south, west + WIDE, south + HIGH))
    leader = _person(made, ground, f"leader{code}", Role.SQUAD_LEADER, street)
    sizes = _shares(size, max(1, round(size / CELLS_IN_GRID)))
    walked = []
    for first in range(0, len(sizes), COMMUNITY):
        part = sizes[first : first + COMMUNITY]
        walked += _community(made, ground, street, first // COMMUNITY, part)
    _store(session, made)
    plans = _plans(session, ground, street, leader)
    ground.streets.append(street)
    ground.leaders.append(leader)
    ground.lots += [Lot(*one, plans) for one in walked]


def _community(
    made: Made, ground: Ground, street: Grid, number: int, sizes: Sequence[int]
) -> Iterator[tuple[Grid, Person, list[Spot]]]:
    """A community with its grids: each with its officer and its cells."""
    left, low = street.__dict__["corner"]
    west = left + number % IN_A_ROW * WIDE / IN_A_ROW
    south = low + number // IN_A_ROW * HIGH / 2
    shape = box(west, south, west + WIDE / IN_A_ROW, south + HIGH / 2)
    community = _grid(made, ground, f"{street.code}{number + 1:03}", street, shape)
    numbers = count(1)
    for place, size in enumerate(sizes):
        x, y = west + place % 3 * BLOCK[0] * STEP, south + place // 3 * BLOCK[1] * STEP
        shape = box(x, y, x + BLOCK[0] * STEP, y + BLOCK[1] * STEP)
        grid = _grid(made, ground, f"{community.code}{place + 1:02}", community, shape)
        officer = _person(made, ground, f"officer{grid.code}", Role.OFFICER, grid)
        if place < RELIEVED:
            relief = PostKind.RELIEF
            officer = _person(made, ground, f"relief{grid.code}", Role.OFFICER, grid, relief)
        cells = [_cell(ground, grid, number, next(numbers)) for number in range(size)]
        made += cells
        yield grid, officer, [Spot(cell.id.hex, f"{cell.lon}\t{cell.lat}") for cell in cells]


def _grid(made: Made, ground: Ground, code: str, parent: Grid | None, shape: BaseGeometry) -> Grid:
    grid = Grid(
        code=code,
        name=f"网格{code}",
        tier=parent.tier + 1 if parent else 1,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else ''}{code}/",
        area=shape.area * SQUARE_METRES,
        boundary=area(shape),
        valid_from=ground.began,
    )
    grid.__dict__["corner"] = shape.bounds[:2]
    made.append(grid)
    return grid


def _cell(ground: Ground, grid: Grid, place: int, number: int) -> Cell:
    """The cell at a place in its grid, numbered through its community."""
    west, south = grid.__dict__["corner"]
    left, low = west + place % BLOCK[0] * STEP, south + place // BLOCK[0] * STEP
    square = box(left, low, left + STEP, low + STEP)
    return Cell(
        code=f"{grid.code[:12]}{number:03}",
        grid_id=grid.id,
        number=place + 1,
        area=square.area * SQUARE_METRES,
        lon=left + STEP / 2,
        lat=low + STEP / 2,
        boundary=area(square),
        valid_from=ground.began,
    )


def _person(
    made: Made,
    ground: Ground,
    login: str,
    role: Role,
    grid: Grid,
    kind: PostKind = PostKind.PRIMARY,
) -> Person:
    """Somebody on an accepted post."""
    at = ground.began
    person = Person(login=login, name=login, identity=Identity.CIVIL_SERVANT, recorded_at=at)
    made.append(person)
    made.append(
        Post(
            person_id=person.id, role=role, grid_id=grid.id, kind=kind,
            from_at=at, recorded_at=at, accepted_at=at,
        )
    )  # fmt: skip
    return person


def _plans(session: Session, ground: Ground, street: Grid, leader: Person) -> dict[Cadence, Plan]:
    """Daily, weekly and monthly plans over all cells of a street, put in force as any plan is."""
    plans = {}
    for name, cadence, rrule in CADENCES:
        plan = Plan(
            name=name,
            grid_id=street.id,
            line=LINE_OF[Role.OFFICER],
            role=Role.OFFICER,
            cadence=cadence,
            rrule=rrule,
            topics=[one.code for one in topics(session)],
            valid_from=ground.began,
            made_by=leader.id,
            made_at=ground.began,
        )
        actor = actor_of(session, leader.id, now=ground.began)
        put_in_force(session, actor, plan, None, zone=clock.city(), now=ground.began)
        plans[cadence] = plan
    return plans


def _corner(street: int) -> tuple[float, float]:
    """The south-west of a street: those of a district lie in a row."""
    return ORIGIN[0] + street % IN_A_ROW * WIDE, ORIGIN[1] + street // IN_A_ROW * HIGH


def _shares(whole: int, parts: int) -> list[int]:
    """A number in parts that differ by one at most."""
    return [whole * (part + 1) // parts - whole * part // parts for part in range(parts)]
