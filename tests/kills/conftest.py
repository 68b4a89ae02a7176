"""A small city per database whose server can be killed, and phones that go on all the same."""

import random
from collections.abc import Iterator

import pytest

from tests import postgres
from tests.journeys.site import Site
from tests.kills.between import Between
from tests.kills.held import Held
from tests.torture.browser import Profile
from tests.torture.nursery import Server
from tests.torture.phone import Phone
from tests.torture.run import phones, settled


@pytest.fixture(scope="session")
def city(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp(f"kills-{kind}")
    url = f"sqlite:///{home / 'patrol.db'}" if kind == "sqlite" else postgres.postgres_url()
    site = settled(url, home)
    yield site
    site.database.close()


@pytest.fixture(scope="session")
def nursery(city: Site) -> Iterator[Server]:
    with Server(city.environ, city.port, city.home / "serve.log") as server:
        yield server


@pytest.fixture
def server(nursery: Server) -> Iterator[Server]:
    yield nursery
    if nursery.pid:
        nursery.kill()


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.node.name)


@pytest.fixture
def phone(city: Site, chance: random.Random) -> Phone:
    return next(phones(city, 1, chance))


@pytest.fixture
def between(city: Site, server: Server) -> Iterator[Between]:
    server.start()
    with Between(city.port) as proxy:
        yield proxy


@pytest.fixture
def held(city: Site, between: Between, playwright, tmp_path) -> Iterator[Held]:
    here = {**city.where(), "accuracy": 8}
    profile = Profile(playwright, tmp_path / "profile", between.url, geolocation=here)
    between.kill = profile.end
    held = Held(city, profile)
    held.come()
    yield held
    profile.kill()
