"""A visit credits the windows that the crew of its own moment was obliged to, however late."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.plans.model import Standing
from patrol.rounds import evidence, service, tracking
from patrol.rounds.drafts import Batch, Change, CheckIn, Start
from patrol.rounds.model import ByHandBecause, Method, Mode
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


class Going:
    """A round that a worker walked along at first, or from half an hour on."""

    def __init__(self, make, act, *, crew, changed):
        self.make, self.act, self.key = make, act, uuid7()
        _, self.community, grid = make.tree()
        (self.cell,) = make.cells(grid, 1)
        officer, worker = make.person(Role.OFFICER, grid), make.person(Role.WORKER, grid)
        self.plan, self.actor = make.plan(grid, Role.WORKER, grade="C"), make.actor(officer)
        crew, changed = ([worker.id] if along else [] for along in (crew, changed))
        begun = Start(grid_id=grid.id, seen_at=NOW, made_at=NOW, crew=crew)
        act(service.start, self.actor, begun, key=self.key, now=NOW)
        then = {"seen_at": NOW + 30 * MINUTE, "made_at": NOW + 30 * MINUTE}
        other = Change(round_id=self.key, mode=Mode.FOOT, crew=changed, **then)
        act(service.change, self.actor, other, now=NOW + 30 * MINUTE)

    def track(self):
        points = " ".join(f"{self.cell.lon:.6f}_{self.cell.lat:.6f}_8_{10 * n}" for n in range(12))
        draft = Batch(round_id=self.key, first=0, from_at=NOW, points=points)
        at = NOW + 40 * MINUTE
        self.act(tracking.take_track, self.actor, draft, key=uuid7(), now=at, zone=ZONE)

    def by_hand(self, **more):
        told = {"round_id": self.key, "cell_id": self.cell.id, "method": Method.BY_HAND}
        seen = {"seen_at": NOW + MINUTE, "made_at": NOW + MINUTE, "because": ByHandBecause.PHONE}
        draft, at = CheckIn(**told, **{**seen, **more}), NOW + 40 * MINUTE
        return self.act(evidence.check_in, self.actor, draft, key=uuid7(), now=at, zone=ZONE)

    def confirmed(self):
        visit = self.by_hand(made_at=NOW + 40 * MINUTE)
        head = self.make.actor(self.make.person(Role.HEAD, self.community))
        self.act(evidence.confirm, head, visit.id, known=False, now=NOW + 50 * MINUTE, zone=ZONE)

    def credited(self):
        """Whether the worker's cell stands as seen."""
        return self.make.reload(Standing, (self.plan.id, self.cell.id)).seen_at is not None


LATER = pytest.mark.parametrize("way", [Going.track, Going.by_hand, Going.confirmed])


@LATER
def test_who_walked_along_then_is_credited_by_what_comes_later(make, act, way):
    going = Going(make, act, crew=True, changed=False)

    way(going)

    assert going.credited()


@LATER
def test_who_came_along_afterwards_is_credited_with_nothing_before(make, act, way):
    going = Going(make, act, crew=False, changed=True)

    way(going)

    assert not going.credited()
