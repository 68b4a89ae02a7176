"""A visit credits the windows that the crew of its own moment was obliged to, however late."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.plans.model import Standing
from patrol.rounds import service, tracking
from patrol.rounds.drafts import Batch, Change, Start
from patrol.rounds.model import Mode
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def credited(make, act):
    """Whether workers' cells stand as seen by an officer's track of the first minutes."""
    grid = make.tree()[-1]
    (cell,) = make.cells(grid, 1)
    officer, worker = make.person(Role.OFFICER, grid), make.person(Role.WORKER, grid)
    plan, actor, key = make.plan(grid, Role.WORKER), make.actor(officer), uuid7()

    def run(crew, changed):
        crew, changed = ([worker.id] if along else [] for along in (crew, changed))
        begun = Start(grid_id=grid.id, seen_at=NOW, made_at=NOW, crew=crew)
        act(service.start, actor, begun, key=key, now=NOW)
        then = NOW + 30 * MINUTE
        other = Change(round_id=key, mode=Mode.FOOT, crew=changed, seen_at=then, made_at=then)
        act(service.change, actor, other, now=then)
        points = " ".join(f"{cell.lon:.6f}_{cell.lat:.6f}_8_{10 * n}" for n in range(12))
        draft = Batch(round_id=key, first=0, from_at=NOW, points=points)
        act(tracking.take_track, actor, draft, key=uuid7(), now=NOW + 40 * MINUTE, zone=ZONE)
        return make.reload(Standing, (plan.id, cell.id)).seen_at is not None

    return run


def test_who_walked_along_then_is_credited_by_a_track_that_comes_later(credited):
    assert credited(crew=True, changed=False)


def test_who_came_along_afterwards_is_credited_with_nothing_before(credited):
    assert not credited(crew=False, changed=True)
