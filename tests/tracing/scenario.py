"""The worked example as rows with fixed ids, so that both databases hold the very same facts."""

from datetime import timedelta

from geoalchemy2.shape import from_shape
from shapely import Point, box

from patrol.catalogue.model import Condition, EventClass, Topic
from patrol.catalogue.rules import Persistence
from patrol.core.calendar import LimitUnit
from patrol.core.roles import Identity, Line, PostKind, Role
from patrol.escalation.model import Climb, Ladder, LadderRung, Matter
from patrol.findings.model import Finding, Onset
from patrol.findings.model import Proof as Shows
from patrol.findings.rules import Severity, Source, Stage
from patrol.grid.model import Cell, Grid, Tier
from patrol.notices.model import Notice
from patrol.people.model import Excuse, ExcuseKind, Person, Post
from patrol.plans.model import Plan, PlanState
from patrol.plans.rules import Cadence
from patrol.rounds.model import ClearNote, Method, Mode, Round, Visit
from patrol.rounds.rules import Grade
from tests.make import area
from tests.tracing.worked import (
    APPROVER,
    CELL,
    COMMUNITY,
    FINDING,
    GRID,
    HEAD,
    INSPECTOR,
    JIA,
    LEAVE,
    NEIGHBOURHOOD,
    PLAN,
    POST_COMMUNITY,
    POST_HEAD,
    POST_JIA,
    POST_YI,
    STREET,
    YI,
    at,
    name,
)

LON, LAT = 113.6605, 34.7605
SPOT = (LON + 0.0001, LAT)  # nine metres east of where the walkers stood
LEGAL, SECOND, DECIDER, PARTNER = (name(number) for number in range(7, 11))
KIND = name(61)


def store_city(make):
    """Grids, people, posts and the daily plan."""
    outline = area(box(113.65, 34.75, 113.67, 34.77))
    make.store(*(Tier(number=n, name=f"{n}级", name_en=f"tier {n}") for n in (1, 2, 3)))
    grids = [(STREET, "经八路街道", 1, None, "410105001/")]
    grids.append((NEIGHBOURHOOD, "纬三路社区", 2, STREET, "410105001/410105001001/"))
    path = "410105001/410105001001/410105001001001/"
    grids.append((GRID, "经八路03网格", 3, NEIGHBOURHOOD, path))
    for key, label, tier, parent, trail in grids:
        make.store(
            Grid(
                id=key,
                code=trail.strip("/").rpartition("/")[2],
                name=label,
                tier=tier,
                parent_id=parent,
                path=trail,
                area=4e6,
                boundary=outline,
                valid_from=at(1),
            )
        )
    square = box(LON - 0.0005, LAT - 0.0005, LON + 0.0005, LAT + 0.0005)
    make.store(
        Cell(
            id=CELL,
            code="410105001001012",
            grid_id=GRID,
            number=12,
            area=1e4,
            lon=LON,
            lat=LAT,
            boundary=area(square),
            valid_from=at(1),
        )
    )
    for key, label, identity in (
        (JIA, "张巡甲", Identity.CONTRACT),
        (YI, "李巡乙", Identity.CONTRACT),
        (HEAD, "王责任", Identity.VILLAGE),
        (COMMUNITY, "赵社区", Identity.VILLAGE),
        (INSPECTOR, "钱督查", Identity.CIVIL_SERVANT),
        (APPROVER, "孙大队", Identity.CIVIL_SERVANT),
        (LEGAL, "周法制", Identity.CIVIL_SERVANT),
        (SECOND, "吴局长", Identity.CIVIL_SERVANT),
        (DECIDER, "郑督查", Identity.CIVIL_SERVANT),
        (PARTNER, "冯督查", Identity.CIVIL_SERVANT),
    ):
        login = f"p{key.int}"
        make.store(Person(id=key, login=login, name=label, identity=identity, recorded_at=at(1)))
    for key, person, role, grid, kind, start, end in (
        (POST_JIA, JIA, Role.WORKER, GRID, PostKind.PRIMARY, at(1), None),
        (POST_YI, YI, Role.WORKER, GRID, PostKind.RELIEF, at(4), at(6, 23)),
        (POST_HEAD, HEAD, Role.HEAD, GRID, PostKind.PRIMARY, at(1), None),
        (POST_COMMUNITY, COMMUNITY, Role.HEAD, NEIGHBOURHOOD, PostKind.PRIMARY, at(1), None),
        (name(25), INSPECTOR, Role.SUPERVISOR, STREET, PostKind.PRIMARY, at(1), None),
        (name(26), DECIDER, Role.SUPERVISOR, STREET, PostKind.PRIMARY, at(1), None),
        (name(27), LEGAL, Role.LEGAL, STREET, PostKind.PRIMARY, at(1), None),
        (name(28), SECOND, Role.BUREAU_LEADER, STREET, PostKind.PRIMARY, at(1), None),
        (name(29), PARTNER, Role.SUPERVISOR, STREET, PostKind.PRIMARY, at(1), None),
    ):
        make.store(
            Post(
                id=key,
                person_id=person,
                role=role,
                grid_id=grid,
                kind=kind,
                from_at=start,
                to_at=end,
                recorded_at=start,
                accepted_at=start,
            )
        )
    make.store(Topic(code="advertising", name="户外广告", name_en="Advertising"))
    make.store(
        EventClass(
            id=KIND,
            code="E0303",
            name="违规户外广告",
            name_en="Unlawful outdoor advertisement",
            major="宣传广告",
            topic="advertising",
            persistence=Persistence.CONTINUOUS,
            severity="serious",
            stop_amount=4,
            stop_unit=LimitUnit.URGENT_HOUR,
            valid_from=at(1),
        )
    )
    make.store(
        Condition(class_id=KIND, number=1, limit_amount=3, limit_unit=LimitUnit.WORK_DAY),
        Plan(
            id=PLAN,
            name="每日巡查",
            grid_id=GRID,
            line=Line.TERRITORY,
            role=Role.WORKER,
            cadence=Cadence.DAILY,
            rrule="FREQ=DAILY",
            hours=[["07:00", "19:00"]],
            grace=30,
            topics=["advertising"],
            state=PlanState.PUBLISHED,
            valid_from=at(2),
            made_by=HEAD,
            made_at=at(1),
            published_by=HEAD,
            published_at=at(1),
        ),
    )


def store_walks(make):
    """The leave, the rounds, the note of absence."""
    make.store(
        Excuse(
            id=LEAVE,
            person_id=JIA,
            kind=ExcuseKind.LEAVE,
            document="#2026-118",
            from_at=at(4),
            to_at=at(7),
            recorded_by=JIA,
            recorded_at=at(3, 17),
            approved_by=APPROVER,
            approved_at=at(3, 18),
        )
    )
    for number, person, seen_at in (
        (41, JIA, at(2, 9)),
        (42, JIA, at(3, 9)),
        (43, YI, at(5, 10)),
    ):
        times = {"made_at": seen_at, "received_at": seen_at}
        make.store(
            Round(
                id=name(number + 40),
                officer_id=person,
                grid_id=GRID,
                mode=Mode.FOOT,
                started_at=seen_at,
                ended_at=seen_at + timedelta(minutes=40),
                **times,
            )
        )
        make.store(
            Visit(
                id=name(number),
                round_id=name(number + 40),
                officer_id=person,
                cell_id=CELL,
                grid_id=GRID,
                method=Method.CHECK_IN,
                grade=Grade.B,
                lon=LON,
                lat=LAT,
                accuracy=8.0,
                seen_at=seen_at,
                **times,
            )
        )
    make.store(
        ClearNote(
            id=name(51),
            act_id=name(52),
            round_id=name(82),
            officer_id=JIA,
            cell_id=CELL,
            grid_id=GRID,
            visit_id=name(42),
            topic="advertising",
            grade=Grade.B,
            lon=LON,
            lat=LAT,
            accuracy=8.0,
            seen_at=at(3, 9),
            made_at=at(3, 9),
            received_at=at(3, 9),
        )
    )


def store_finding(make, *, source=Source.INSPECTION, found_at=None):
    """The discovery by a supervisor, and the older photo that proves it was there."""
    found_at = found_at or at(6, 20)
    finding = Finding(
        id=FINDING,
        number="E0303-20261106-0001",
        class_id=KIND,
        severity=Severity.SERIOUS,
        topic="advertising",
        source=source,
        cell_id=CELL,
        grid_id=GRID,
        officer_id=INSPECTOR,
        spot=from_shape(Point(*SPOT), srid=4326),
        lon=SPOT[0],
        lat=SPOT[1],
        stage=Stage.RECEIVED,
        seen_at=found_at,
        made_at=found_at,
        received_at=found_at,
    )
    make.store(finding)
    make.store(
        Onset(
            id=name(71),
            finding_id=FINDING,
            proof=Shows.PRESENCE,
            at=at(4, 6, 30),
            source="photo:traffic-camera",
            officer_id=INSPECTOR,
            grid_id=GRID,
            recorded_at=found_at,
        )
    )
    return finding


def store_told(make, delivered_at):
    """Word of it to the walker of the day, on the lowest rung, when it was found."""
    found_at = make.reload(Finding, FINDING).seen_at
    told = {"subject": f"finding:{FINDING}", "grid_id": GRID}
    make.store(Ladder(id=name(120), line=Line.TERRITORY, severity="serious", valid_from=at(1)))
    make.store(
        *(
            LadderRung(id=name(121 + number), ladder_id=name(120), number=number, role=role,
                       tier=tier, patience=24 * 60)
            for number, (role, tier) in enumerate(((Role.WORKER, None), (Role.HEAD, 3)))
        ),
        Matter(id=name(123), ladder_id=name(120), opened_at=found_at, **told),
        Notice(
            id=name(124), person_id=YI, kind="matter.here", due_at=found_at, made_at=found_at,
            delivered_at=delivered_at, **told,
        ),
    )  # fmt: skip
    make.store(
        Climb(
            id=name(125), matter_id=name(123), cycle=0, rung=0, due_at=found_at,
            fired_at=found_at, person_id=YI, post_id=POST_YI, notice_id=name(124),
        )
    )  # fmt: skip


def store_all(make, *, found_at=None):
    """The whole story."""
    store_city(make)
    store_walks(make)
    return store_finding(make, found_at=found_at)
