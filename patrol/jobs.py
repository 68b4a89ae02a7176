"""What runs by itself and how often: each step one transaction, each fault kept to its own job."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlmodel import Session

from patrol.catalogue.model import Setting
from patrol.config import Settings
from patrol.core import clock
from patrol.core.store import Database
from patrol.coverage.tallying import tally_next
from patrol.escalation.service import climb_next, record_downtime
from patrol.flags.service import weigh_rounds
from patrol.ledger.reading import read_on
from patrol.people.signing import forget_attempts
from patrol.photos import files
from patrol.plans.recut import carry_out_next
from patrol.plans.service import close_windows
from patrol.plans.turning import end_next
from patrol.rounds.service import end_forgotten
from patrol.shifts.service import close_empty, make_ready
from patrol.tracing.keeping import thin_tracks
from patrol.tracing.service import open_doubts, pass_on

BEAT = "worker.beat"  # where the time of the last sign of life is kept, in real seconds
BEAT_EVERY = 60.0  # seconds
SILENCE = timedelta(minutes=5)  # a longer silence was a downtime: the clocks of matters stood
BACK_OFF = (60.0, 300.0, 900.0, 3600.0)  # seconds after one, two, three, more faults in a row
ALARM = 3  # faults in a row after which somebody must look
MOST_STEPS = 10_000  # of one job in one go, lest one starve the others
Step = Callable[[Session, Settings, datetime], int | None]
log = logging.getLogger("patrol.jobs")


@dataclass
class Job:
    """One thing that runs by itself; `step` does a batch, and None says that nothing is left."""

    name: str
    step: Step
    every: float  # seconds
    next_at: float = 0.0  # by the monotonic clock
    faults: int = field(default=0)


def jobs() -> list[Job]:
    """The jobs in the order in which one feeds the next."""
    return [
        Job("close windows", lambda s, told, now: close_windows(s, zone=told.zone, now=now), 30),
        Job("end plans", lambda s, _, now: end_next(s, now=now), 60),
        Job("change the grid", lambda s, told, now: carry_out_next(s, zone=told.zone, now=now), 30),
        Job("tally days", lambda s, told, _: tally_next(s, zone=told.zone), 30),
        Job("climb", lambda s, _, now: climb_next(s, now=now), 15),
        Job("open doubts", lambda s, _, now: open_doubts(s, now=now), 60),
        Job("pass doubts on", lambda s, _, now: pass_on(s, now=now), 300),
        Job("weigh rounds", lambda s, _, now: weigh_rounds(s, now=now), 300),
        Job("end rounds", lambda s, _, now: end_forgotten(s, now=now), 600),
        Job("thin tracks", lambda s, t, now: thin_tracks(s, days=t.track_days, now=now), 3600),
        Job("read the ledger", lambda s, t, now: read_on(s, t.secret_key, now=now), 600),
        Job("lay out handovers", lambda s, _, now: make_ready(s, now=now), 600),
        Job("close empty handovers", lambda s, _, now: close_empty(s, now=now), 300),
        Job("forget attempts", lambda s, _, now: forget_attempts(s, now=now), 3600),
        Job("sweep photos", lambda _, told, __: files.sweep(told.media) or None, 3600),
    ]


def run_due(database: Database, settings: Settings) -> int:
    """Do everything that is due now; how many rows that moved.

    A job that fails keeps none of the others from running; its fault is raised at the end.
    """
    moved, fault = 0, None
    for job in jobs():
        try:
            moved += _run(job, database, settings)
        except Exception as error:
            log.exception("job %s failed", job.name)
            fault = fault or error
    if fault is not None:
        raise fault
    return moved


def keep_running(database: Database, settings: Settings, stop: Event) -> None:
    """Run the jobs, each in its own rhythm, until told to stop."""
    own = jobs()
    _record_silence(database)
    beaten = 0.0
    while not stop.is_set():
        if time.monotonic() - beaten >= BEAT_EVERY or not beaten:
            _quietly("beat", lambda: _beat(database))
            beaten = time.monotonic()
        for job in own:
            if stop.is_set():
                break
            if time.monotonic() >= job.next_at:
                attempt(job, database, settings)
        stop.wait(max(0.2, min(job.next_at for job in own) - time.monotonic()))


def attempt(job: Job, database: Database, settings: Settings) -> None:
    """Run one job; a fault puts it off for longer each time and never ends the worker."""
    try:
        _run(job, database, settings)
    except Exception:
        job.faults += 1
        wait = BACK_OFF[min(job.faults, len(BACK_OFF)) - 1]
        level = logging.CRITICAL if job.faults >= ALARM else logging.ERROR
        log.log(
            level, "job %s failed %s times, next in %ss", job.name, job.faults, wait, exc_info=True
        )
        job.next_at = time.monotonic() + wait
    else:
        job.faults = 0
        job.next_at = time.monotonic() + job.every


def _run(job: Job, database: Database, settings: Settings) -> int:
    """Take steps until nothing is left, each committed by itself."""
    moved = 0
    for _ in range(MOST_STEPS):
        with database.transaction() as session:
            step = job.step(session, settings, clock.now())
        if step is None:
            break
        moved += step
    return moved


def _record_silence(database: Database) -> None:
    """Let the clocks of matters stand for the time nobody could be told anything."""

    def record() -> None:
        with database.transaction() as session:
            kept = session.get(Setting, BEAT)
            silent = timedelta(seconds=time.time() - float(kept.value) if kept else 0.0)
            if silent > SILENCE:
                now = clock.now()
                record_downtime(session, now - silent, now, now=now)

    _quietly("record silence", record)


def _beat(database: Database) -> None:
    """Leave a sign of life, in real time even where the site lives at another one."""
    with database.transaction() as session:
        kept = session.get(Setting, BEAT)
        if kept is None:
            session.add(Setting(key=BEAT, value=time.time()))
        else:
            kept.value = time.time()


def _quietly(name: str, act: Callable[[], Any]) -> None:
    try:
        act()
    except Exception:
        log.exception("%s failed", name)
