"""Who is on duty in the demo and how it passes on: a month of shifts, handovers signed by both."""

from datetime import date, datetime, time, timedelta
from functools import partial

from sqlmodel import Session, col, select

from patrol.core.roles import PostKind, Role
from patrol.demo.agenda import Agenda
from patrol.demo.city import City, leader_of
from patrol.findings.queries import open_in
from patrol.people import service as people
from patrol.people.drafts import NewPost
from patrol.people.model import Post
from patrol.shifts import queries, service
from patrol.shifts.drafts import NewShifts, Signature
from patrol.shifts.model import Handover
from patrol.shifts.rules import Band

HOURS = {  # at which somebody of a shift begins to walk a daily grid
    Band.EARLY: (8, 9, 9, 10, 10, 10),
    Band.LATE: (14, 14, 15, 15, 18, 18),
    Band.DAY: (8, 9, 9, 10, 14, 15),
}
SIGNED_AT = (time(6, 50), time(7, 5), time(13, 50), time(14, 5))  # givers and takers in turn
FIRST, SECOND = 0, 2  # the officers who share the first market: until two, and from two on
SOON = timedelta(minutes=15)


def share(city: City, day: date) -> None:
    """Have two officers share the first market in an early and a late shift from a day on."""
    early, late = (city.staff.people[Role.OFFICER][one] for one in (FIRST, SECOND))
    city.turns.append(day)
    city.bands = {early.id: Band.EARLY, late.id: Band.LATE}
    city.evenings[city.markets[0].id] = late


def announce(agenda: Agenda, city: City, midnight: datetime, days: int) -> None:
    """Have shifts told for the days and two weeks after, and handovers laid out and signed."""
    start = midnight - timedelta(days=days)
    agenda.add(start - timedelta(hours=7), partial(_post, city))
    agenda.add(start - timedelta(hours=6), partial(_tell, city, start.date(), days + 1))
    following = midnight.date() + timedelta(days=1)
    agenda.add(midnight - timedelta(hours=9), partial(_tell, city, following, 14))
    for ago in range(days, -1, -1):
        day = midnight - timedelta(days=ago)
        agenda.add(day + timedelta(minutes=5), _lay_out)
        for turn, at in enumerate(SIGNED_AT if ago else SIGNED_AT[:2]):
            gives = turn % 2 == 0
            signing = partial(_sign, city, gives=gives)
            agenda.add(datetime.combine(day.date(), at, city.zone), signing)
        for hour in (7, 14):
            agenda.add(day + timedelta(hours=hour, minutes=31), _close)


def _post(city: City, session: Session, now: datetime) -> None:
    """The squad leader gives both a post in the market itself, and both accept."""
    market = city.markets[0]
    leader = city.acting(session, leader_of(city, market).id, now=now)
    for number in (FIRST, SECOND):
        person = city.staff.people[Role.OFFICER][number]
        draft = NewPost(
            login=person.login, role=Role.OFFICER, grid_id=market.id, kind=PostKind.PRIMARY
        )
        post = people.assign(session, leader, draft, now=now, zone=city.zone)
        accepting = city.acting(session, person.id, now=now)
        people.accept(session, accepting, session.get(Post, post.id), now=now)


def _tell(city: City, first: date, days: int, session: Session, now: datetime) -> None:
    """The brigade's leader tells all officers when they are on duty."""
    brigade = city.actor(session, Role.BRIGADE_LEADER, now=now)
    bands: dict[Band, list[str]] = {}
    for person in city.staff.people[Role.OFFICER]:
        bands.setdefault(city.bands.get(person.id, Band.DAY), []).append(person.login)
    for band, logins in bands.items():
        told = NewShifts(logins=logins, band=band, from_day=first, days=days)
        service.tell(session, brigade, told, now=now, zone=city.zone)


def _lay_out(session: Session, now: datetime) -> None:
    while service.make_ready(session, now=now):
        pass


def _close(session: Session, now: datetime) -> None:
    while service.close_empty(session, now=now):
        pass


def _sign(city: City, session: Session, now: datetime, *, gives: bool) -> None:
    """Where something is left, who goes says so and signs, and who comes signs what is shown."""
    due = select(Handover).where(col(Handover.closing).is_(None), col(Handover.at) <= now + SOON)
    for row in session.exec(due.order_by(col(Handover.at), col(Handover.id))):
        left = open_in(session, queries.below(session, row), limit=50)
        signed, other = (row.given_at, left) if gives else (row.taken_at, row.given_at)
        if signed is not None or not other:
            continue
        actor = city.acting(session, row.giver_id if gives else row.taker_id, now=now)
        words = "未完问题已逐条说明，请继续跟进" if gives else "已现场核对，接手跟进"
        told = Signature(shown=[one.id for one in left], text=words, seen_at=now, made_at=now)
        service.sign(session, actor, row, told, now=now)
