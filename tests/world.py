"""A small city for questions of permission: everybody, and one of each thing in each place."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from geoalchemy2.elements import WKTElement
from sqlalchemy import delete
from sqlmodel import col

from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.checks.rules import Saw
from patrol.core.roles import Role
from patrol.core.store import Database, uuid7
from patrol.devices.model import DeviceKey
from patrol.escalation.service import open_matter
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.flags.model import Flag
from patrol.flags.rules import Kind
from patrol.grid.model import Alters, Change, HotSpot, Level
from patrol.lines.model import PatrolLine
from patrol.notices.model import Notice
from patrol.people.model import Excuse, ExcuseKind, Person, SessionToken, Shift
from patrol.plans.drafts import stated
from patrol.plans.model import PlanState, PlanTemplate, Standing
from patrol.reviews.model import Concerned, Review
from patrol.reviews.rules import Phase
from patrol.rounds.model import Method, Mode, Round, Visit
from patrol.rounds.rules import Grade
from patrol.shifts.model import Handover
from patrol.tags.model import Tag
from patrol.tags.rules import token as signed
from patrol.tracing.model import Doubt, Named
from patrol.tracing.queries import trace
from patrol.tracing.rules import Code, Ground, Question, Trigger, plain
from tests.conftest import NOW
from tests.make import Make

HOUR = timedelta(hours=1)
SECRET = "a key for tests that is long enough"
PLACES = ("mine", "own", "parent", "sibling", "missing")
WALKERS = {Role.OFFICER, Role.WORKER}
ACTORS = ("anonymous", "disabled", "nobody", *(role.value for role in Role))


@dataclass
class World:
    """Everybody by name, their tokens, and the keys of things by (noun, place, actor)."""

    people: dict[str, Person] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def key(self, noun: str, place: str, actor: str) -> Any:
        """The key of a thing; what is nobody's in particular is the same for everybody."""
        if place == "missing":
            return {
                "grid": "nowhere",
                "cell": "nowhere",
                "session": "0" * 64,
                "token": "nowhere",
            }.get(noun, UUID(int=7))
        mine = self.keys.get((noun, place, actor))
        return self.keys[noun, place, ""] if mine is None else mine


def build(database: Database, make: Make) -> World:
    """Two streets, a block in each, one person in every role, one of each thing in each place."""
    world = World()
    street, _, block = make.tree()
    other = make.grid(make.grid(make.grid(tier=1)))
    places = {"own": block, "parent": street, "sibling": other}
    unit = make.unit()
    for role in Role:
        grid = block if role in WALKERS else street
        more = {"unit_id": unit.id} if role is Role.HANDLER else {}
        world.people[role.value] = make.person(role, grid, login=role.value, **more)
    world.people["nobody"] = make.person(login="nobody")
    world.people["disabled"] = make.person(Role.SUPERVISOR, street, login="gone")
    for name, person in world.people.items():
        world.tokens[name] = make.token(person)
    world.people["anonymous"] = world.people["nobody"]
    with database.transaction() as session:
        session.get_one(Person, world.people["disabled"].id).disabled_at = NOW
    kind, number = make.event_class(), iter(range(10_000))
    cells = {place: make.cells(grid, 1)[0] for place, grid in places.items()}

    def things(place: str, actor: str, owner: Person, grid: Any, cell: Any) -> None:
        """One of each thing, on this grid and by or about this person."""
        finding = Finding(
            id=uuid7(),
            number=f"E0405-20261106-{next(number):04d}",
            class_id=kind.id,
            severity=Severity.ORDINARY,
            topic="street_order",
            source=Source.PATROL,
            cell_id=cell.id,
            grid_id=grid.id,
            officer_id=owner.id,
            spot=WKTElement(f"POINT({cell.lon} {cell.lat})", srid=4326),
            lon=cell.lon,
            lat=cell.lat,
            stage=Stage.DISPATCHING,
            seen_at=NOW - HOUR,
            made_at=NOW - HOUR,
            received_at=NOW - HOUR,
        )
        make.store(finding)
        with database.reading() as session:
            facts = plain(trace(session, finding.id, now=NOW))
        round_ = Round(
            id=uuid7(),
            officer_id=owner.id,
            grid_id=grid.id,
            mode=Mode.FOOT,
            started_at=NOW - 2 * HOUR,
            ended_at=NOW - HOUR,
            made_at=NOW - 2 * HOUR,
            received_at=NOW - 2 * HOUR,
        )
        make.store(round_)
        visit = Visit(
            id=uuid7(),
            round_id=round_.id,
            officer_id=owner.id,
            cell_id=cell.id,
            grid_id=grid.id,
            method=Method.CHECK_IN,
            grade=Grade.B,
            backfill=True,
            seen_at=NOW - HOUR,
            made_at=NOW - HOUR,
            received_at=NOW - HOUR,
        )
        doubt = Doubt(
            finding_id=finding.id,
            grid_id=grid.id,
            trigger=Trigger.T1,
            ground=next(iter(Ground)).value,
            facts=facts,
            digest="0" * 64,
            opened_at=NOW,
            answer_by=NOW + 100 * HOUR,
        )
        review = Review(
            number=f"R-{next(number):04d}",
            finding_id=finding.id,
            grid_id=grid.id,
            officer_id=world.people["disabled"].id,
            phase=next(iter(Phase)),
            opened_at=NOW,
            decide_by=NOW + 700 * HOUR,
        )
        excuse = Excuse(
            person_id=owner.id,
            grid_id=grid.id,
            kind=ExcuseKind.LEAVE,
            document="#1",
            from_at=NOW + HOUR,
            to_at=NOW + 2 * HOUR,
            recorded_by=owner.id,
            recorded_at=NOW,
        )
        notice = Notice(
            person_id=owner.id,
            grid_id=grid.id,
            kind="x",
            subject="x:1",
            due_at=NOW,
            made_at=NOW,
        )
        tag = Tag(
            cell_id=cell.id,
            grid_id=grid.id,
            code=cell.code,
            serial=next(number) + 1,
            made_at=NOW,
            made_by=owner.id,
        )
        flag = Flag(
            round_id=round_.id,
            officer_id=owner.id,
            grid_id=grid.id,
            kind=Kind.FROZEN,
            facts={"fixes": 12},
            raised_at=NOW,
        )
        make.store(visit, doubt, review, excuse, notice, flag, tag)
        draw = Draw(
            grid_id=grid.id,
            officer_id=owner.id,
            urn={"seed": "s", "cells": [], "checkers": [], "own": {}, "wanted": 1},
            pairs=[],
            digest="0" * 64,
            drawn_at=NOW,
            due_at=NOW + 100 * HOUR,
        )
        make.store(draw)
        check = SpotCheck(
            draw_id=draw.id,
            cell_id=cell.id,
            grid_id=grid.id,
            officer_id=owner.id,
            due_at=NOW + 100 * HOUR,
        )
        inspection = Inspection(
            id=uuid7(),
            officer_id=owner.id,
            cell_id=cell.id,
            grid_id=grid.id,
            saw=Saw.CLEAR,
            lon=cell.lon,
            lat=cell.lat,
            seen_at=NOW,
            made_at=NOW,
            received_at=NOW,
        )
        make.store(check, inspection)
        change = Change(
            level=Level.GRID,
            kind=Alters.RENAME,
            grid_id=grid.id,
            terms={"name": "新名"},
            from_at=NOW + 24 * HOUR,
            planned_at=NOW,
        )
        spot = HotSpot(cell_id=cell.id, grid_id=grid.id, topic="street_order", valid_from=NOW)
        make.store(change, spot)
        phone = DeviceKey(
            id=uuid7(), public_key="x", label="", enrolled_by=owner.id, enrolled_at=NOW
        )
        make.store(phone)
        if actor:
            question = next(iter(Question)).value
            make.store(
                Named(
                    doubt_id=doubt.id,
                    person_id=owner.id,
                    question=question,
                    code=Code.NOT_ASSIGNED,
                    at=NOW,
                ),
                Concerned(review_id=review.id, person_id=owner.id, question=question),
            )
        plan = make.plan(grid, made_by=owner.id, state=PlanState.DRAFT)
        with database.transaction() as session:  # a draft has none yet
            session.connection().execute(delete(Standing).where(col(Standing.plan_id) == plan.id))
        template = PlanTemplate(name="早市", terms=stated(plan), made_by=owner.id, made_at=NOW)
        make.store(template)
        line = PatrolLine(
            name="早市线",
            grid_id=grid.id,
            role=Role.OFFICER,
            mode=Mode.FOOT,
            first="08:00",
            last="18:00",
            headway=60,
            weekdays=[4],
            radius=40,
            valid_from=NOW.date(),
            made_by=owner.id,
            made_at=NOW,
        )
        make.store(line)
        post = make.post(owner, Role.WORKER, grid, accepted_at=None)
        duty = Shift(
            post_id=post.id,
            person_id=owner.id,
            grid_id=grid.id,
            from_at=NOW + HOUR,
            to_at=NOW + 2 * HOUR,
            recorded_by=owner.id,
            recorded_at=NOW,
        )
        handover = Handover(
            grid_id=grid.id,
            grids=[str(grid.id)],
            role=Role.WORKER,
            at=NOW,
            giver_id=owner.id,
            taker_id=world.people["disabled"].id,
            made_at=NOW,
        )
        make.store(duty, handover)
        with database.transaction() as session:
            matter = open_matter(session, f"finding:{finding.id}", grid.id, "grave", now=NOW)[0]
        token = make.token(owner)
        found = {
            "finding": finding.id,
            "round": round_.id,
            "visit": visit.id,
            "doubt": doubt.id,
            "flag": flag.id,
            "draw": draw.id,
            "check": check.id,
            "inspection": inspection.id,
            "review": review.id,
            "excuse": excuse.id,
            "notice": notice.id,
            "plan": plan.id,
            "template": template.id,
            "line": line.id,
            "post": post.id,
            "shift": duty.id,
            "handover": handover.id,
            "person": owner.id,
            "login": owner.login,
            "matter": matter.id,
            "grid": grid.code,
            "grid_id": grid.id,
            "device": phone.id,
            "cell": cell.code,
            "change": change.id,
            "spot": spot.id,
            "tag": tag.id,
            "token": signed(SECRET, tag.code, tag.serial),
            "session": make.rows(SessionToken)[-1].id if token else None,
        }
        world.keys.update({(noun, place, actor): key for noun, key in found.items()})

    for place, grid in places.items():
        things(place, "", make.person(Role.WORKER, grid), grid, cells[place])
    for name in ACTORS:
        things("mine", name, world.people[name], other, cells["sibling"])
    return world
