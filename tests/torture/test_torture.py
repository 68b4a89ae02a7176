"""A few seconds of `make torture`, servers only: what was acknowledged is there, once."""

import pytest

from tests import postgres
from tests.torture.run import settled, torture


@pytest.mark.timeout(300)
def test_a_server_killed_over_and_over_loses_and_doubles_nothing(kind, tmp_path):
    sqlite = kind == "sqlite"
    url = f"sqlite:///{tmp_path / 'patrol.db'}" if sqlite else postgres.postgres_url()
    site = settled(url, tmp_path)

    outcome = torture(site, kind, seconds=6, clients=2, seed=20261106, browsers=False)

    site.database.close()
    assert outcome.sound, str(outcome)
    assert outcome.server_kills
    assert outcome.reckoning.acknowledged
