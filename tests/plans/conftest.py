"""A grid of six cells, and who plans for it."""

from types import SimpleNamespace

import pytest

from patrol.core.roles import Role
from tests.make import Make


@pytest.fixture
def ground(make: Make) -> SimpleNamespace:
    street, _, grid = make.tree()
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))
    return SimpleNamespace(street=street, grid=grid, cells=make.cells(grid, 6), leader=leader)
