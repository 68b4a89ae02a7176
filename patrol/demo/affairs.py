"""What happens above the street in the demo: checks, calls, leave, doubts judged, reviews run."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from sqlmodel import Session, col, select

from patrol.core.errors import Conflict, Refused
from patrol.core.roles import PostKind, Role
from patrol.core.store import uuid7
from patrol.demo.agenda import Agenda, Later
from patrol.demo.cases import STANDING, WALKED, Seen, find, stop_late
from patrol.demo.city import City, draft_weekly, leader_of
from patrol.findings.model import Finding
from patrol.findings.rules import Source
from patrol.grid.model import Grid
from patrol.notices import service as notices
from patrol.notices.model import Notice
from patrol.people import service as people
from patrol.people.drafts import NewExcuse, NewPost
from patrol.people.model import Post
from patrol.people.rules import ExcuseKind
from patrol.reviews import service as reviews
from patrol.reviews.drafts import Defence, Doing, Joining, Judgement, Opening
from patrol.reviews.model import Concerned, Review
from patrol.reviews.rules import Act, Outcome, Part
from patrol.tracing import service as tracing
from patrol.tracing.drafts import Refusal, TakeUp
from patrol.tracing.model import Doubt, DoubtState

CHECKS = (27, 24, 21, 18, 14, 11, 8, 6, 4, 3, 2, 1)  # days ago of an unannounced check
SPOTS = (0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 0, 9)  # in which daily grid each check takes place
HERO = 10  # the check that comes upon what leave, relief and a careless round let stand
CALLS = (28, 25, 22, 19, 16, 13, 10, 7, 5, 3, 2, 1, 0)  # days ago of a report from outside

REFUSED = 0.25  # how likely a doubt is refused
LATEST = timedelta(hours=8)  # before the last day begins


def announce(
    agenda: Agenda, city: City, media: Path, random: Random, midnight: datetime, days: int
) -> None:
    """Put the affairs of `days` on the agenda; `midnight` begins the day after them."""
    for number, ago in enumerate(CHECKS):
        if ago >= days:
            continue
        at = midnight - timedelta(days=ago) + timedelta(hours=10 + number % 6, minutes=7 * number)
        grid = city.hot[SPOTS[number]]
        days_old = 6 if number == HERO else 3 + number % 3
        seen = Seen(
            code=STANDING[number % len(STANDING)],
            cell=random.choice(city.cells[grid.id]),
            seed=random.randrange(1 << 30),
            source=Source.INSPECTION,
            since=at - timedelta(days=days_old, hours=5),
            ground=f"12345热线来电照片 2026{1100 + number}",
            lies=number % 3 == 0,
        )
        agenda.add(at, partial(_check, city, media, seen, number % 4))
    for number, ago in enumerate(CALLS):
        if ago >= days:
            continue
        at = midnight - timedelta(days=ago) + timedelta(hours=8 + number % 9, minutes=11)
        grid = random.choice(city.hot + city.markets)
        seen = Seen(
            code=WALKED[number % len(WALKED)],
            cell=random.choice(city.cells[grid.id]),
            seed=random.randrange(1 << 30),
            source=Source.SOCIAL_GRID if number % 2 else Source.HOTLINE,
            lies=number % 4 == 0,
        )
        agenda.add(at, partial(_call, city, media, seen, late=number % 2 == 0))
    if days > 7:
        relieve(agenda, city, city.hot[0], midnight)
    city.stand_ins[city.hot[0].id, midnight.date()] = None  # the round that is there to be started
    agenda.add(midnight - timedelta(hours=7), partial(draft_weekly, city))
    for ago in range(days, -1, -1):
        day = midnight - timedelta(days=ago)
        for hour in (8, 13, 18):
            agenda.add(
                day + timedelta(hours=hour, minutes=3), partial(_read_inboxes, city, midnight)
            )
        agenda.add(day + timedelta(hours=9, minutes=40), partial(_judge_doubts, city, midnight))


def _check(
    city: City, media: Path, seen: Seen, who: int, session: Session, now: datetime
) -> Iterator[Later]:
    actor = city.actor(session, Role.SUPERVISOR, who, now=now)
    return find(session, city, media, actor, seen, now=now)


def _call(
    city: City, media: Path, seen: Seen, session: Session, now: datetime, *, late: bool
) -> Iterator[Later]:
    """A report from outside; somebody stops it in time, or too late."""
    actor = city.actor(session, Role.DISPATCHER, now=now)
    yield from find(session, city, media, actor, seen, now=now)
    found = select(Finding).where(col(Finding.received_at) == now, col(Finding.topic) != "")
    finding = session.exec(found.order_by(col(Finding.id).desc())).first()
    if finding is not None and not seen.lies:
        wait = timedelta(hours=7 if late else 1)
        yield now + wait, partial(stop_late, city, finding.id)


def relieve(agenda: Agenda, city: City, grid: Grid, midnight: datetime) -> None:
    """The officer of one daily grid is on leave for a day; another takes over for three."""
    agenda.add(midnight - timedelta(days=7) + timedelta(hours=16), partial(_leave, city, grid))
    agenda.add(midnight - timedelta(days=6) + timedelta(hours=17), partial(_relief, city, grid))
    stand_in = city.staff.people[Role.OFFICER][1]
    city.turns += [(midnight - timedelta(days=ago)).date() for ago in (5, 2)]
    for ago, walks in ((6, None), (5, None), (4, stand_in), (3, stand_in)):
        city.stand_ins[grid.id, (midnight - timedelta(days=ago)).date()] = walks


def _leave(city: City, grid: Grid, session: Session, now: datetime) -> None:
    officer = city.staff.of(Role.OFFICER, city.parent(grid))
    leader = leader_of(city, grid)
    if officer is None:
        return
    day = now.astimezone(city.zone).replace(hour=0, minute=0, tzinfo=None) + timedelta(days=1)
    draft = NewExcuse(
        login=officer.login, kind=ExcuseKind.LEAVE, document="#2026-118", reason="事假一天",
        from_at=day, to_at=day + timedelta(days=1),
    )  # fmt: skip
    actor = city.acting(session, leader.id, now=now)
    excuse = people.enter_excuse(session, actor, draft, now=now, zone=city.zone)
    brigade = city.actor(session, Role.BRIGADE_LEADER, now=now)
    people.rule_on_excuse(session, brigade, excuse, approve=True, now=now + timedelta(minutes=20))


def _relief(city: City, grid: Grid, session: Session, now: datetime) -> None:
    other = city.staff.people[Role.OFFICER][1]
    leader = leader_of(city, grid)
    day = now.astimezone(city.zone).replace(hour=0, minute=0, tzinfo=None) + timedelta(days=1)
    draft = NewPost(
        login=other.login, role=Role.OFFICER, grid_id=grid.id, kind=PostKind.RELIEF,
        from_at=day, to_at=day + timedelta(days=3),
    )  # fmt: skip
    actor = city.acting(session, leader.id, now=now)
    post = people.assign(session, actor, draft, now=now, zone=city.zone)
    accepting = city.acting(session, other.id, now=now)
    people.accept(session, accepting, session.get(Post, post.id), now=now + timedelta(minutes=9))


def _read_inboxes(city: City, midnight: datetime, session: Session, now: datetime) -> None:
    """Phones fetch what waits; most people read it, a few not today.

    Those one signs in as leave the news of the last day unread.
    """
    unopened = {staff[0].id for staff in city.staff.people.values() if now > midnight - LATEST}
    random = Random(f"{now:%Y%m%d%H}")
    waiting = select(col(Notice.person_id)).where(col(Notice.delivered_at).is_(None)).distinct()
    told = set(session.exec(waiting))
    for staff in city.staff.people.values():
        for person in staff:
            away = random.random() < 0.12
            if away or person.id not in told:
                continue
            actor = city.acting(session, person.id, now=now)
            notices.deliver(session, actor, now=now)
            if person.id in unopened:
                continue
            unread = select(Notice).where(
                col(Notice.person_id) == person.id, col(Notice.read_at).is_(None)
            )
            for notice in session.exec(unread.order_by(col(Notice.id))):
                if random.random() < 0.7:
                    notices.read(session, actor, notice, now=now + timedelta(minutes=2))


def _judge_doubts(
    city: City, midnight: datetime, session: Session, now: datetime
) -> Iterator[Later]:
    """Supervisors take most doubts up after a day; those of the last days wait for them."""
    if now > midnight - timedelta(days=3):
        return
    query = select(Doubt).where(col(Doubt.state) == DoubtState.OPEN).order_by(col(Doubt.opened_at))
    for number, doubt in enumerate(session.exec(query)):
        if number > 1:
            return
        actor = city.actor(session, Role.SUPERVISOR, 0, now=now)
        found = session.get_one(Finding, doubt.finding_id)
        ago = midnight - found.seen_at
        if Random(f"{found.topic} {ago.total_seconds():.0f}").random() < REFUSED:
            told = Refusal(reason="该时段道路封闭施工，已有封路通知为证")
            tracing.refuse(session, actor, doubt.id, told, now=now)
            continue
        tracing.take_up(session, actor, doubt.id, TakeUp(reason="事实需查明"), now=now)
        yield now + timedelta(hours=2), partial(_open_review, city, doubt.id, midnight)


def _open_review(
    city: City, doubt_id: UUID, midnight: datetime, session: Session, now: datetime
) -> Iterator[Later]:
    """Two supervisors investigate, propose and serve; then the people concerned may speak."""
    first = city.actor(session, Role.SUPERVISOR, 0, now=now)
    second = city.actor(session, Role.SUPERVISOR, 1, now=now)
    try:
        review = reviews.open_review(session, first, Opening(doubt_id=doubt_id), now=now)
        reviews.join(session, second, review.id, Joining(part=Part.INVESTIGATOR), now=now)
    except Refused:
        return
    yield now + timedelta(days=1, hours=3), partial(_propose, city, review.id, midnight)


def _propose(
    city: City, review_id: UUID, midnight: datetime, session: Session, now: datetime
) -> Iterator[Later]:
    actor = city.actor(session, Role.SUPERVISOR, 1, now=now)
    concerned = select(Concerned).where(col(Concerned.review_id) == review_id)
    rows = list(session.exec(concerned.order_by(col(Concerned.id))))
    for row in rows:
        told = Judgement(
            person_id=row.person_id, outcome=Outcome.NOT_PURSUED,
            text="窗口内未到岗有记录，情节轻微并已整改，拟不予追究，当面提醒",
        )  # fmt: skip
        reviews.judge(session, actor, review_id, told, now=now)
    reviews.do(session, actor, review_id, Doing(act=Act.SERVE), now=now + timedelta(minutes=30))
    if now < midnight - timedelta(days=8):  # the later ones still wait for a statement
        yield now + timedelta(days=2), partial(_answer, city, review_id, rows[0].person_id)
    yield now + timedelta(days=9), partial(_vet, city, review_id, midnight)


def _answer(city: City, review_id: UUID, person_id: UUID, session: Session, now: datetime) -> None:
    """The first person concerned says what there is to say."""
    actor = city.acting(session, person_id, now=now)
    told = Defence(text="当日上午按计划巡查，下午被临时抽调保障活动，未能及时交接，今后改进。")
    reviews.state(session, actor, review_id, told, id=uuid7(), now=now)


def _vet(
    city: City, review_id: UUID, midnight: datetime, session: Session, now: datetime
) -> Iterator[Later]:
    first = city.actor(session, Role.SUPERVISOR, 0, now=now)
    legal = city.actor(session, Role.LEGAL, now=now)
    try:
        reviews.do(session, first, review_id, Doing(act=Act.CLOSE_HEARING), now=now)
    except Conflict:  # holidays have given the person more time
        yield now + timedelta(days=1), partial(_vet, city, review_id, midnight)
        return
    later = now + timedelta(hours=4)
    reviews.do(session, legal, review_id, Doing(act=Act.CLEAR, text="程序合规"), now=later)
    if session.get_one(Review, review_id).opened_at < midnight - timedelta(days=18):
        yield now + timedelta(days=1), partial(_decide, city, review_id)


def _decide(city: City, review_id: UUID, session: Session, now: datetime) -> None:
    """The oldest review runs to its end: decided, delivered, made public and filed."""
    decider = city.actor(session, Role.SUPERVISOR, 2, now=now)
    first = city.actor(session, Role.SUPERVISOR, 0, now=now)
    concerned = select(Concerned).where(col(Concerned.review_id) == review_id)
    for row in session.exec(concerned.order_by(col(Concerned.id))):
        told = Judgement(
            person_id=row.person_id,
            outcome=Outcome.NOT_PURSUED,
            text="事实清楚，情节轻微，不予追究",
        )
        reviews.judge(session, decider, review_id, told, now=now)
    for step, act in enumerate((Act.DELIVER, Act.EXECUTE, Act.PUBLISH, Act.FILE, Act.ARCHIVE)):
        actor = decider if act is Act.PUBLISH else first
        at = now + timedelta(hours=step + 1)
        reviews.do(session, actor, review_id, Doing(act=act, text="已办"), now=at)
