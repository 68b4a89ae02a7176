"""Plans as acts: who may make them, what publishing opens, which visits they credit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from patrol.core.access import Actor
from patrol.core.errors import Conflict, Forbidden, NotFound, Refused
from patrol.core.roles import Role
from patrol.core.store import Database, uuid7
from patrol.ledger.model import LedgerEntry
from patrol.plans import crediting, due, queries, service
from patrol.plans.drafts import PlanDraft
from patrol.plans.model import Plan, PlanState, Standing, WindowResult
from patrol.plans.rules import Cadence, State, Terms, windows
from tests.make import Make

NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
Act = Callable[..., Any]


@dataclass
class Seen:
    """The part of a visit that plans look at."""

    cell_id: UUID
    grid_id: UUID
    officer_id: UUID
    seen_at: datetime = NOW
    grade: str = "B"
    backfill: bool = False
    confirmed_by: UUID | None = None

    def __post_init__(self) -> None:
        self.id = uuid7()


def draft(grid_id: UUID, **changes: Any) -> PlanDraft:
    told = {
        "name": "日常巡查",
        "grid_id": grid_id,
        "role": Role.OFFICER,
        "cadence": Cadence.DAILY,
        "topics": ("street_order",),
        "valid_from": date(2026, 11, 6),
    }
    return PlanDraft(**{**told, **changes})


def published(act: Act, leader: Actor, grid_id: UUID, **changes: Any) -> Plan:
    plan = act(service.make, leader, draft(grid_id, **changes), zone=ZONE, now=NOW)
    result: Plan = act(service.publish, leader, plan.id, zone=ZONE, now=NOW)
    return result


def signed_end(session: Session, leader: Actor, plan_id: UUID) -> Plan:
    """Ends a plan as it ends once somebody has signed for what that takes out."""
    session.get_one(Plan, plan_id).end_signed_by = leader.id
    return service.end(session, leader, plan_id, zone=ZONE, now=NOW)


def credited(database: Database, seen: Seen, role: Role = Role.OFFICER, now: datetime = NOW) -> int:
    with database.transaction() as session:
        return len(crediting.credit(session, seen, {role}, zone=ZONE, now=now))


def closed(database: Database, now: datetime) -> list[int]:
    rows = []
    while True:
        with database.transaction() as session:
            written = service.close_windows(session, zone=ZONE, now=now)
        if written is None:
            return rows
        rows.append(written)


def test_publishing_opens_a_standing_for_every_cell_below(make: Make, act: Act) -> None:
    street, _, grid = make.tree()
    cells = make.cells(grid, 5)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))

    plan = published(act, leader, grid.id)

    standings = make.rows(Standing, Standing.plan_id == plan.id)
    assert {row.cell_id for row in standings} == {cell.id for cell in cells}
    assert make.reload(Plan, plan.id).state is PlanState.PUBLISHED
    kinds = [entry.kind for entry in make.rows(LedgerEntry)]
    assert kinds[-2:] == ["plan.made", "plan.published"]


def test_a_leader_of_another_street_is_not_told_that_the_grid_exists(make: Make, act: Act) -> None:
    _, _, grid = make.tree()
    stranger = make.actor(make.person(Role.SQUAD_LEADER, make.grid(tier=1)))

    with pytest.raises(NotFound):
        act(service.make, stranger, draft(grid.id), zone=ZONE, now=NOW)


def test_a_leader_who_moved_on_leaves_the_plans_there_to_others(make: Make, act: Act) -> None:
    _, _, grid = make.tree()
    make.cells(grid, 1)
    moved = make.person(Role.SQUAD_LEADER, make.grid(tier=1))
    draft_there = make.plan(grid, made_by=moved.id, state=PlanState.DRAFT)
    running = make.plan(grid, made_by=moved.id)

    with pytest.raises(Forbidden):
        act(service.publish, make.actor(moved), draft_there.id, zone=ZONE, now=NOW)
    with pytest.raises(Forbidden):
        act(service.end, make.actor(moved), running.id, zone=ZONE, now=NOW)


def test_an_officer_may_see_the_plan_but_not_publish_it(make: Make, act: Act) -> None:
    street, _, grid = make.tree()
    make.cells(grid, 1)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    officer = make.actor(make.person(Role.OFFICER, grid))
    plan = act(service.make, leader, draft(grid.id), zone=ZONE, now=NOW)

    with pytest.raises(Forbidden):
        act(service.publish, officer, plan.id, zone=ZONE, now=NOW)


def test_a_cadence_under_the_floor_waits_for_the_supervisors_signature(
    make: Make, act: Act
) -> None:
    street, _, grid = make.tree()
    make.cells(grid, 1)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    supervisor = make.actor(make.person(Role.SUPERVISOR, street))
    plan = act(service.make, leader, draft(grid.id, cadence=Cadence.WEEKLY), zone=ZONE, now=NOW)

    with pytest.raises(Refused, match="plan-needs-signature"):
        act(service.publish, leader, plan.id, zone=ZONE, now=NOW)
    with pytest.raises(Forbidden):
        act(service.sign, leader, plan.id, "人手不足", zone=ZONE, now=NOW)
    act(service.sign, supervisor, plan.id, "人手不足", zone=ZONE, now=NOW)
    act(service.publish, leader, plan.id, zone=ZONE, now=NOW)

    assert make.reload(Plan, plan.id).floor_signed_by == supervisor.id


def test_a_plan_without_a_cell_obliges_nobody_and_is_refused(make: Make, act: Act) -> None:
    street, _, grid = make.tree()
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))

    with pytest.raises(Refused, match="plan-without-cells"):
        published(act, leader, grid.id)


def test_a_plan_is_published_once(make: Make, act: Act) -> None:
    street, _, grid = make.tree()
    make.cells(grid, 1)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    plan = published(act, leader, grid.id)

    with pytest.raises(Conflict):
        act(service.publish, leader, plan.id, zone=ZONE, now=NOW)


def test_ending_a_plan_takes_effect_when_the_open_window_ends(make: Make, act: Act) -> None:
    street, _, grid = make.tree()
    make.cells(grid, 1)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    plan = published(act, leader, grid.id)

    act(signed_end, leader, plan.id)

    midnight = datetime(2026, 11, 7, tzinfo=ZONE)
    assert make.reload(Plan, plan.id).valid_to == midnight


def test_a_new_version_takes_over_the_standings_from_the_next_window(make: Make, act: Act) -> None:
    street, _, grid = make.tree()
    cell, *_ = make.cells(grid, 2)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    old = make.plan(grid)
    with make.database.transaction() as session:
        seen = Seen(cell.id, grid.id, leader.id)
        crediting.credit(session, seen, {Role.OFFICER}, zone=ZONE, now=NOW)

    new = published(act, leader, grid.id, times=2, replaces_id=old.id)

    ended = make.reload(Plan, old.id)
    assert ended.state is PlanState.ENDED
    assert make.reload(Plan, new.id).valid_from == ended.valid_to
    kept = make.rows(Standing, Standing.plan_id == new.id, Standing.cell_id == cell.id)
    assert [row.seen_at for row in kept] == [NOW]
    assert make.reload(Plan, new.id).version == 2


@pytest.mark.parametrize(
    ("changes", "role", "count"),
    [
        ({}, Role.OFFICER, 1),
        ({"grade": "A"}, Role.OFFICER, 1),
        ({"grade": "C"}, Role.OFFICER, 0),
        ({}, Role.WORKER, 0),
        ({"backfill": True}, Role.OFFICER, 0),
        ({"backfill": True, "confirmed_by": UUID(int=1)}, Role.OFFICER, 1),
        ({"seen_at": NOW - timedelta(days=100)}, Role.OFFICER, 0),
    ],
)
def test_a_visit_is_credited_where_its_crew_its_grade_and_its_time_fit(
    make: Make, database: Database, changes: dict[str, Any], role: Role, count: int
) -> None:
    _, _, grid = make.tree()
    cell, *_ = make.cells(grid, 1)
    make.plan(grid)
    officer = make.person(Role.OFFICER, grid)

    assert credited(database, Seen(cell.id, grid.id, officer.id, **changes), role) == count


def test_crediting_twice_changes_nothing_and_an_older_visit_does_not_move_the_standing(
    make: Make, database: Database
) -> None:
    _, _, grid = make.tree()
    cell, *_ = make.cells(grid, 1)
    plan, officer = make.plan(grid), make.person(Role.OFFICER, grid)
    visit = Seen(cell.id, grid.id, officer.id)

    for seen in (visit, visit, Seen(cell.id, grid.id, officer.id, NOW - timedelta(days=2))):
        assert credited(database, seen) == 1

    (standing,) = make.rows(Standing, Standing.plan_id == plan.id)
    assert (standing.seen_at, standing.visit_id, standing.grade) == (NOW, visit.id, "B")


def test_a_closed_window_has_a_row_for_each_grid_and_one_line_in_the_ledger(
    make: Make, database: Database, act: Act
) -> None:
    street, community, grid = make.tree()
    other = make.grid(community)
    cell, *_ = make.cells(grid, 4)
    make.cells(other, 3)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    officer = make.person(Role.OFFICER, grid)
    plan = published(act, leader, street.id)
    credited(database, Seen(cell.id, grid.id, officer.id))
    midnight = datetime(2026, 11, 7, tzinfo=ZONE)

    assert closed(database, midnight - timedelta(minutes=1)) == []
    assert closed(database, midnight + timedelta(minutes=5)) == [2]

    rows = {row.grid_id: row for row in make.rows(WindowResult)}
    assert (rows[grid.id].due, rows[grid.id].done, rows[grid.id].officer_id) == (4, 1, officer.id)
    assert (rows[other.id].due, rows[other.id].done, rows[other.id].officer_id) == (3, 0, None)
    (line,) = make.rows(LedgerEntry, LedgerEntry.kind == "window.closed")
    assert (line.at, line.subject) == (midnight, f"plan:{plan.id}")


def test_windows_missed_while_the_worker_was_down_are_closed_one_by_one(
    make: Make, database: Database, act: Act
) -> None:
    street, _, grid = make.tree()
    make.cells(grid, 1)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    published(act, leader, grid.id, times=2, hours="07:30-09:30、17:00-19:00")

    closed(database, NOW + timedelta(days=3))

    ends = sorted(row.to_at.astimezone(ZONE) for row in make.rows(WindowResult))
    assert [f"{end:%d %H:%M}" for end in ends] == [
        "06 19:00", "07 09:30", "07 19:00", "08 09:30", "08 19:00", "09 09:30",
    ]  # fmt: skip


def test_a_visit_that_arrives_late_amends_the_window_it_belongs_to(
    make: Make, database: Database, act: Act
) -> None:
    street, _, grid = make.tree()
    cell, *_ = make.cells(grid, 2)
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    officer = make.person(Role.OFFICER, grid)
    published(act, leader, grid.id)
    tomorrow = datetime(2026, 11, 7, 1, tzinfo=ZONE)
    closed(database, tomorrow)

    for _ in range(2):
        credited(
            database, Seen(cell.id, grid.id, officer.id, NOW + timedelta(hours=1)), now=tomorrow
        )

    (row,) = make.rows(WindowResult)
    assert (row.due, row.done) == (2, 1)
    assert len(make.rows(LedgerEntry, LedgerEntry.kind == "window.amended")) == 1


def test_what_is_due_stands_in_order_of_time_left_with_its_counts(
    make: Make, database: Database
) -> None:
    _, community, grid = make.tree()
    cell, *_ = make.cells(grid, 3)
    make.cells(make.grid(community), 2)
    officer = make.person(Role.OFFICER, grid)
    evening = make.plan(grid, name="晚间", hours=[["09:00", "11:00"]])
    make.plan(grid, Role.WORKER)
    daily = make.plan(grid)
    credited(database, Seen(cell.id, grid.id, officer.id, NOW - timedelta(days=2)))

    with database.reading() as session:
        cards = due.due_for(session, make.actor(officer), now=NOW)

    assert [(card.plan_id, card.minutes_left) for card in cards] == [
        (evening.id, 60),
        (daily.id, 840),
    ]
    assert cards[1].counts == {State.OVERDUE: 1, State.NEVER: 2}
    assert cards[1].state is State.OVERDUE
    assert (cards[1].total, cards[1].done) == (3, 0)


def test_a_head_is_asked_by_plans_on_the_own_grid_and_not_by_those_below(
    make: Make, database: Database
) -> None:
    street, community, grid = make.tree()
    make.cells(grid, 3)
    head = make.person(Role.HEAD, street)
    monthly = make.plan(
        street, Role.HEAD, cadence=Cadence.MONTHLY, rrule="FREQ=MONTHLY;BYMONTHDAY=1"
    )
    make.plan(community, Role.HEAD, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO")

    with database.reading() as session:
        cards = due.due_for(session, make.actor(head), now=NOW)

    assert [card.plan_id for card in cards] == [monthly.id]


def test_plans_over_a_place_are_those_in_force_then_for_the_topic(
    make: Make, database: Database, act: Act
) -> None:
    street, community, grid = make.tree()
    make.cells(grid, 1)
    wide = make.plan(street)
    make.plan(grid, topics=["construction"])
    make.plan(grid, valid_to=NOW - timedelta(days=30))
    make.plan(grid, state=PlanState.DRAFT)

    with database.reading() as session:
        found = queries.plans_over(
            session, [grid.id, community.id, street.id],
            topic="street_order", since=NOW - timedelta(days=5), until=NOW,
        )  # fmt: skip

    assert [plan.id for plan in found] == [wide.id]


def test_monday_to_friday_of_a_plan_on_workdays_are_the_calendars_workdays() -> None:
    stated = {"workdays_only": True, "valid_from": date(2026, 1, 1)}
    whole = draft(uuid7(), weekdays=tuple(range(5)), **stated).terms(ZONE)
    part = draft(uuid7(), weekdays=(0, 6), **stated).terms(ZONE)
    since = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)

    def days(terms: Terms) -> list[int]:
        found = windows(terms, since, since + timedelta(days=11))
        return [one.start.astimezone(ZONE).day for one in found]

    assert days(whole) == [4, 5, 6, 7, 8, 9]  # the 4th is a Sunday on which offices work
    assert days(part) == [4, 5]
