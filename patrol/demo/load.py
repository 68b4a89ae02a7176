"""Loads the demo: a month of a working city, the same for one seed, up to the present moment."""

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.catalogue.service import set_figure
from patrol.core.errors import Conflict
from patrol.core.store import Database
from patrol.demo import affairs, duty, looks, marks, trips
from patrol.demo.agenda import Agenda
from patrol.demo.city import City, lay, midnight_of, plan
from patrol.demo.month import errands, go, run_jobs
from patrol.demo.staff import sign_ins
from patrol.grid.model import Grid
from patrol.people.model import Person
from patrol.people.passwords import hashed
from patrol.tracing.service import open_doubts

SEED = 7
DAYS = 30
TRACED = 5  # days from one look at all findings to the next
KIND = "site.kind"  # the setting that marks a demo
SIGN_INS = "demo-sign-ins.json"


def is_demo(session: Session) -> bool:
    """Whether this site holds the demo already."""
    return bool(catalogue.setting(session, KIND) == "demo")


def is_empty(session: Session) -> bool:
    """Whether this site holds nobody and no grid."""
    counts = (select(func.count()).select_from(model) for model in (Person, Grid))
    return not any(session.scalar(count) for count in counts)


def load(
    database: Database, home: Path, media: Path, zone: ZoneInfo, *, now: datetime
) -> Iterator[float]:
    """Load everything day by day, telling the share done; one transaction a simulated half day.

    Raises `Conflict` when the site holds other data.
    """
    with database.reading() as session:
        if not is_empty(session):
            raise Conflict("demo-site-not-empty")
    random = Random(SEED)
    midnight = midnight_of(now, zone)
    start = midnight - timedelta(days=DAYS)
    password = f"jinshui-{secrets.token_hex(4)}"
    _keep(home, password)
    with database.transaction() as session:
        set_figure(session, None, KIND, "demo", now=start - timedelta(days=4))
        city = lay(session, hashed(password), random, zone, now=start - timedelta(days=4))
        yield 0.03
    with database.transaction() as session:
        plan(session, city, start.date(), random, now=start - timedelta(hours=9))
    agenda = Agenda()
    duty.share(city, start.date())
    duty.announce(agenda, city, midnight, DAYS)
    marks.announce(agenda, city, midnight, DAYS)
    trips.announce(agenda, city, midnight, DAYS, now=now)
    looks.announce(agenda, city, media, midnight, DAYS)
    affairs.announce(agenda, city, media, random, midnight, DAYS)
    for day in range(DAYS + 1):
        morning = start + timedelta(days=day)
        _plan_day(agenda, city, media, morning, random, now=now)
        if day % TRACED == 0 or day == DAYS - 1:
            agenda.add(morning + timedelta(hours=7, minutes=30), _open_doubts)
        for half in (12, 24):
            until = min(morning + timedelta(hours=half), now)
            with database.transaction() as session:
                _live(session, agenda, city, until=until)
            yield 0.04 + 0.96 * (day + half / 24) / (DAYS + 1)


def kept_sign_ins(home: Path) -> list[dict[str, str]]:
    """One sign-in for each role of a demo loaded before; empty when they were not kept."""
    path = home / SIGN_INS
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


def _keep(home: Path, password: str) -> None:
    path = home / SIGN_INS
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(sign_ins(password), file, ensure_ascii=False)


def _plan_day(
    agenda: Agenda, city: City, media: Path, morning: datetime, random: Random, *, now: datetime
) -> None:
    for errand in errands(city, morning.astimezone(city.zone).date(), random):
        seed = random.randrange(1 << 30)
        if errand.starts_at < now:
            agenda.add(errand.starts_at, partial(go, city, media, errand, seed, now))


def _open_doubts(session: Session, now: datetime) -> None:
    while open_doubts(session, now=now):
        pass


def _live(session: Session, agenda: Agenda, city: City, *, until: datetime) -> None:
    """Everything that happens by `until`: people's acts, and the worker's jobs between them."""
    while (following := agenda.next_by(until)) is not None:
        at, act = following
        run_jobs(session, city, until=at)
        agenda.follow(act(session, at))
    run_jobs(session, city, until=until)
