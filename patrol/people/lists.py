"""Lists of people and posts from offices: what each row would change, then all of it or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.catalogue.model import HandlingUnit
from patrol.core.errors import Refused
from patrol.core.store import uuid7
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.people import passwords
from patrol.people.drafts import (
    PERSON_COLUMNS,
    POST_COLUMNS,
    PersonRow,
    PostRow,
    from_row,
)
from patrol.people.model import Person, Post
from patrol.people.sheets import Fault, Row, read_sheet

MANY = 500  # keys asked for in one query


class Act(StrEnum):
    """What a row does."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Change:
    """What one row of a list would do, and to whom."""

    row: int
    act: Act
    login: str
    told: str = ""  # codes of what changes


@dataclass(frozen=True)
class Report:
    """A list row by row: what it would change, and what is wrong with it."""

    changes: list[Change]
    faults: list[Fault]
    unknown: tuple[str, ...] = ()

    def count(self, act: Act) -> int:
        """How many rows do this."""
        return sum(change.act is act for change in self.changes)


@dataclass(frozen=True)
class People:
    """A list of people, read and compared with what is stored."""

    report: Report
    rows: Mapping[int, PersonRow]
    known: Mapping[str, UUID]
    units: Mapping[str, UUID]


@dataclass(frozen=True)
class Posts:
    """A list of posts, read and compared with what is stored."""

    report: Report
    posts: Mapping[int, Post]


def read_people(session: Session, content: bytes) -> People:
    """Read a list of people and say what each row would do; stores nothing."""
    sheet = read_sheet(content, PERSON_COLUMNS, {"login", "name", "identity"})
    drafts, faults = _drafts(PersonRow, sheet.rows)
    faults = [*sheet.faults, *faults, *_repeated(drafts, lambda draft: draft.login)]
    known = {one.login: one for one in _persons(session, [one.login for one in drafts.values()])}
    units = _codes(session, HandlingUnit, [one.unit for one in drafts.values() if one.unit])
    for number, draft in drafts.items():
        if draft.unit and draft.unit not in units:
            faults.append(Fault(number, "unknown-unit", "unit", draft.unit))
        if draft.password and (code := _weakness(draft)):
            faults.append(Fault(number, code, "password"))
    changes = []
    for number, draft in drafts.items():
        person = known.get(draft.login)
        if person is None:
            changes.append(Change(number, Act.NEW, draft.login))
            continue
        values = _values(draft, units)
        told = [name for name, value in values.items() if getattr(person, name) != value]
        act = Act.CHANGED if told else Act.SAME
        changes.append(Change(number, act, draft.login, ", ".join(told)))
    report = Report(changes, sorted(faults, key=lambda fault: fault.row), sheet.unknown)
    return People(report, drafts, {one.login: one.id for one in known.values()}, units)


def hashes(people: People, told: Callable[[list[int]], Any]) -> dict[int, str]:
    """The first passwords of new people, hashed before anything is locked; `told` shows how far."""
    wanted = [
        change.row
        for change in people.report.changes
        if change.act is Act.NEW and people.rows[change.row].password
    ]
    return {row: passwords.hashed(people.rows[row].password or "") for row in told(wanted)}


def store_people(
    session: Session, people: People, kept: Mapping[int, str], *, now: datetime
) -> None:
    """Store the whole list; raises Refused, and stores nothing, where any row has a fault."""
    _demand_faultless(people.report)
    for change in people.report.changes:
        values = _values(people.rows[change.row], people.units)
        if change.act is Act.NEW:
            person = Person(
                login=change.login, recorded_at=now, password=kept.get(change.row, ""), **values
            )
            session.add(person)
            note(session, None, "person.recorded", person.id, _facts(person), at=now)
        elif change.act is Act.CHANGED:
            person = session.get_one(Person, people.known[change.login])
            for name, value in values.items():
                setattr(person, name, value)
            person.access_version += 1
            note(session, None, "person.changed", person.id, _facts(person), at=now)


def read_posts(
    session: Session, content: bytes, *, served: bool, zone: tzinfo, now: datetime
) -> Posts:
    """Read a list of posts and say what each row would do; stores nothing.

    `served` says that the list was put before each person in writing, so that it binds unsigned.
    """
    sheet = read_sheet(content, POST_COLUMNS, {"login", "role", "grid", "starts"})
    drafts, faults = _drafts(PostRow, sheet.rows)
    faults = [*sheet.faults, *faults, *_repeated(drafts, lambda one: one.model_dump_json())]
    logins = [draft.login for draft in drafts.values()]
    givers = [draft.assigned_by for draft in drafts.values() if draft.assigned_by]
    people = {one.login: one.id for one in _persons(session, [*logins, *givers])}
    grids = _codes(session, Grid, [draft.grid for draft in drafts.values()])
    posts: dict[int, Post] = {}
    for number, draft in drafts.items():
        wrong = _wrong(number, draft, people, grids)
        faults.extend(wrong)
        if not wrong:
            posts[number] = _post(draft, people, grids, served=served, zone=zone, now=now)
    there = _posts_there(session, {post.person_id for post in posts.values()})
    changes = [
        Change(
            number,
            Act.SAME if _is_there(post, there) else Act.NEW,
            drafts[number].login,
            f"{post.role.value} {drafts[number].grid} {post.kind.value}",
        )
        for number, post in posts.items()
    ]
    report = Report(changes, sorted(faults, key=lambda fault: fault.row), sheet.unknown)
    return Posts(report, posts)


def store_posts(session: Session, posts: Posts, *, now: datetime) -> None:
    """Store the whole list; raises Refused, and stores nothing, where any row has a fault."""
    _demand_faultless(posts.report)
    touched: set[UUID] = set()
    for change in posts.report.changes:
        if change.act is not Act.NEW:
            continue
        post = posts.posts[change.row]
        session.add(post)
        touched.add(post.person_id)
        facts = {
            "person": str(post.person_id),
            "role": post.role.value,
            "grid": str(post.grid_id),
            "kind": post.kind.value,
            "from": post.from_at,
            "to": post.to_at,
            "assigned_by": str(post.assigned_by) if post.assigned_by else None,
        }
        note(session, None, "post.recorded", post.id, facts, at=now)
    for person_id in touched:
        session.get_one(Person, person_id).access_version += 1


def _demand_faultless(report: Report) -> None:
    if report.faults:
        raise Refused("import-faulty", count=len({fault.row for fault in report.faults}))


def _drafts(kind: Any, rows: Sequence[Row]) -> tuple[dict[int, Any], list[Fault]]:
    drafts, faults = {}, []
    for row in rows:
        draft, wrong = from_row(kind, row)
        faults.extend(wrong)
        if draft is not None:
            drafts[row.number] = draft
    return drafts, faults


def _repeated(drafts: Mapping[int, Any], same: Callable[[Any], str]) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for number, draft in drafts.items():
        if first.setdefault(same(draft), number) != number:
            faults.append(Fault(number, "row-repeats", "login", draft.login))
    return faults


def _weakness(draft: PersonRow) -> str | None:
    try:
        passwords.demand_strong(draft.password or "", draft.login, draft.name, draft.phone)
    except Refused as refused:
        return refused.code
    return None


def _persons(session: Session, logins: Sequence[str]) -> list[Person]:
    found: list[Person] = []
    wanted = sorted(set(logins))
    for start in range(0, len(wanted), MANY):
        query = select(Person).where(col(Person.login).in_(wanted[start : start + MANY]))
        found.extend(session.scalars(query))
    return found


def _codes(session: Session, model: Any, codes: Sequence[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), MANY):
        query = select(col(model.code), col(model.id)).where(
            col(model.code).in_(wanted[start : start + MANY])
        )
        if model is Grid:
            query = query.where(col(Grid.valid_to).is_(None))
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def _values(draft: PersonRow, units: Mapping[str, UUID]) -> dict[str, Any]:
    return {
        "name": draft.name,
        "identity": draft.identity,
        "phone": draft.phone,
        "certificate": draft.certificate,
        "certificate_until": draft.certificate_until,
        "unit_id": units.get(draft.unit) if draft.unit else None,
    }


def _facts(person: Person) -> dict[str, Any]:
    return {
        "login": person.login,
        "name": person.name,
        "identity": person.identity.value,
        "certificate": person.certificate,
        "certificate_until": str(person.certificate_until) if person.certificate_until else None,
    }


def _wrong(
    number: int, draft: PostRow, people: Mapping[str, UUID], grids: Mapping[str, UUID]
) -> list[Fault]:
    faults = []
    if draft.login not in people:
        faults.append(Fault(number, "unknown-person", "login", draft.login))
    if draft.assigned_by and draft.assigned_by not in people:
        faults.append(Fault(number, "unknown-person", "assigned_by", draft.assigned_by))
    if draft.grid not in grids:
        faults.append(Fault(number, "unknown-grid", "grid", draft.grid))
    if draft.ends is not None and draft.ends <= draft.starts:
        faults.append(Fault(number, "ends-before-it-begins", "ends", str(draft.ends)))
    return faults


def _post(
    draft: PostRow,
    people: Mapping[str, UUID],
    grids: Mapping[str, UUID],
    *,
    served: bool,
    zone: tzinfo,
    now: datetime,
) -> Post:
    return Post(
        id=uuid7(),
        person_id=people[draft.login],
        role=draft.role,
        grid_id=grids[draft.grid],
        kind=draft.kind,
        from_at=draft.starts.replace(tzinfo=zone),
        to_at=draft.ends.replace(tzinfo=zone) if draft.ends else None,
        assigned_by=people[draft.assigned_by] if draft.assigned_by else None,
        recorded_at=now,
        served_at=now if served else None,
        accepted_at=draft.accepted.replace(tzinfo=zone) if draft.accepted else None,
    )


def _posts_there(session: Session, person_ids: set[UUID]) -> list[Post]:
    found: list[Post] = []
    wanted = sorted(person_ids)
    for start in range(0, len(wanted), MANY):
        query = select(Post).where(col(Post.person_id).in_(wanted[start : start + MANY]))
        found.extend(session.scalars(query))
    return found


def _is_there(post: Post, there: Sequence[Post]) -> bool:
    same = (post.person_id, post.role, post.grid_id, post.kind)
    return any(
        (one.person_id, one.role, one.grid_id, one.kind) == same
        and (one.to_at is None or one.to_at > post.from_at)
        and (post.to_at is None or one.from_at < post.to_at)
        for one in there
    )
