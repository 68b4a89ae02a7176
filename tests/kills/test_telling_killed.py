"""S6: what a record sets off is told after a restart, whoever was killed after the answer; once."""

import signal
import subprocess
import sys
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col

from patrol.escalation.model import Climb, Matter
from patrol.ledger.model import LedgerEntry, LedgerPayload
from patrol.ledger.queries import verify
from patrol.notices.model import Notice
from tests.kills.test_server_killed import all_sent, found_with_photo

DAY = timedelta(days=1)  # for how long an ordinary matter stays with whom it came to first


def at_work(city, point: str = "") -> int:
    """Run the jobs that are due, to be killed at that point when one is named."""
    told = ("-m", "patrol.cli", "worker", "--once")
    if point:
        told = ("-c", f"from tests.kills import points; points.work({point!r})")
    return subprocess.run([sys.executable, *told], env=city.environ, check=False).returncode


def told_of(city, subject: str, rung: int) -> dict[UUID, Notice]:
    """What people have been told at a rung, by person; nobody twice."""
    notices = city.make.rows(Notice, Notice.subject == subject)
    found = [(one.person_id, one) for one in notices if one.facts["rung"] == rung]
    assert len(found) == len(dict(found))
    return dict(found)


def fetched(city, login: str) -> int:
    """A phone asks what is new; 0 when nobody answers."""
    asking = HTTPConnection("127.0.0.1", city.port, timeout=60)
    cookie = f"patrol={city.make.token(city.people[login])}"
    try:
        asking.request("GET", "/notices/badge", headers={"Cookie": cookie})
        return asking.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        asking.close()


@pytest.mark.parametrize(("point", "done"), [("before-commit", False), ("after-commit", True)])
def test_s6_what_follows_from_an_answer_is_told_once(city, server, phone, chance, point, done):
    # The answer was given, and that moment everything is killed.
    server.start()
    item = found_with_photo(phone, city, chance)
    all_sent(phone)
    server.kill()
    subject = f"finding:{item.id}"
    assert city.id("worker") in told_of(city, subject, 0)
    assert not told_of(city, subject, 1)

    # Whoever passes it on when that is due is killed, and does it after a restart.
    with city.database.transaction() as session:
        mine = update(Matter).where(col(Matter.subject) == subject)
        session.execute(mine.values(opened_at=city.now - DAY, next_at=city.now))
    assert at_work(city, point) == -signal.SIGKILL
    assert bool(told_of(city, subject, 1)) is done
    assert at_work(city) == 0
    above = told_of(city, subject, 1)
    squad = city.id("squad")
    assert set(above) == {city.id("head"), squad}

    # The one told is at the phone when the server is killed again: it is fetched once more.
    server.start(f"{point}:GET:/notices/badge")
    assert fetched(city, "squad") == 0
    server.wait_for_its_end()
    assert bool(told_of(city, subject, 1)[squad].delivered_at) is done
    server.start()
    assert fetched(city, "squad") == 200
    assert told_of(city, subject, 1)[squad].delivered_at

    matters = [one.id for one in city.make.rows(Matter, Matter.subject == subject)]
    assert len(city.make.rows(Climb, col(Climb.matter_id).in_(matters), Climb.rung == 1)) == 2
    lines = [one.seq for one in city.make.rows(LedgerEntry, LedgerEntry.kind == "notice.delivered")]
    delivered = city.make.rows(LedgerPayload, col(LedgerPayload.seq).in_(lines))
    assert sum(str(above[squad].id).encode() in one.payload for one in delivered) == 1
    with city.database.reading() as session:
        assert verify(session).sound
