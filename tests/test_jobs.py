"""The worker does each thing in its own transaction and lets no fault spread."""

import logging
import time
from datetime import timedelta
from threading import Event, Thread

import pytest

from patrol import jobs
from patrol.catalogue.model import Setting
from patrol.core import clock
from patrol.core.roles import Role
from patrol.coverage import tallying
from patrol.escalation import service as escalation
from patrol.escalation.model import Climb, ClockStop
from patrol.jobs import Job
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def settings(app):
    return app.config["SETTINGS"]


@pytest.fixture
def matter(database, make):
    block = make.tree()[2]
    make.person(Role.WORKER, block)
    with database.transaction() as session:
        return escalation.open_matter(session, "finding:1", block.id, "grave", now=NOW)[0]


def test_one_go_does_everything_that_is_due(database, settings, matter, make):
    clock.tell((NOW + HOUR).isoformat())

    assert jobs.run_due(database, settings) > 2  # two rungs for each line, and what others keep
    assert len(make.rows(Climb)) == 4
    assert 0 in (jobs.run_due(database, settings) for _ in range(3))  # what follows the ledger
    assert len(make.rows(Climb)) == 4


def test_a_fault_is_raised_only_after_the_others_have_run(
    database, settings, matter, make, monkeypatch
):
    clock.tell((NOW + HOUR).isoformat())
    monkeypatch.setattr(jobs, "close_windows", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        jobs.run_due(database, settings)

    assert len(make.rows(Climb)) == 4


def test_a_step_that_fails_leaves_nothing_behind_and_waits_longer_each_time(
    database, settings, make, caplog
):
    def broken(session, *_):
        session.add(Setting(key="half", value=1))
        session.flush()
        raise RuntimeError("broken")

    job = Job("broken", broken, 1)
    waits = []
    with caplog.at_level(logging.ERROR, "patrol.jobs"):
        for _ in range(5):
            jobs.attempt(job, database, settings)
            waits.append(round(job.next_at - time.monotonic()))

    assert make.rows(Setting) == []
    assert waits == [60, 300, 900, 3600, 3600]
    assert [record.levelno for record in caplog.records].count(logging.CRITICAL) == 3


def test_a_job_that_recovers_is_back_in_its_rhythm(database, settings):
    job = Job("fine", lambda *_: None, 30, faults=2)

    jobs.attempt(job, database, settings)

    assert job.faults == 0
    assert round(job.next_at - time.monotonic()) == 30


def test_the_worker_climbs_by_itself_and_stops_when_told(database, settings, matter, make):
    clock.tell((NOW + HOUR).isoformat())
    stop = Event()
    worker = Thread(target=jobs.keep_running, args=(database, settings, stop))
    worker.start()
    until = time.monotonic() + 20
    while len(make.rows(Climb)) < 4 and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    worker.join(20)

    assert not worker.is_alive()
    assert len(make.rows(Climb)) == 4
    assert {row.key for row in make.rows(Setting)} == {jobs.BEAT, tallying.TALLIED}


def test_a_long_silence_is_recorded_as_our_downtime(database, settings, make):
    make.store(Setting(key=jobs.BEAT, value=time.time() - 7200))

    jobs._record_silence(database)

    stop = make.rows(ClockStop)[0]
    assert stop.to_at == NOW
    assert abs(stop.from_at - (NOW - 2 * HOUR)) < timedelta(seconds=10)


def test_a_short_silence_or_a_first_start_is_no_downtime(database, settings, make):
    jobs._record_silence(database)
    make.store(Setting(key=jobs.BEAT, value=time.time() - 200))
    jobs._record_silence(database)

    assert make.rows(ClockStop) == []
