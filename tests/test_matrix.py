"""Every route × everybody × one's own, one's grid's, the parent's, a sibling's and no thing.

`tests/matrix.toml` says what each must get; a route that is not in it fails. The letters: `.` is
let in, `f` forbidden (403), `n` not found (404), `s` asked to sign in, `r` the form was refused.
After a route is added, `MATRIX=new pytest tests/test_matrix.py` adds its rows, and with the names
of routes (or `all`) writes those anew: read every letter before it is committed. Pages are not
rendered here, only asked for.
"""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session
from werkzeug.routing import Rule

from patrol import tables
from patrol.app import create_app
from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.config import Settings, complete
from patrol.core import clock
from patrol.core.access import GRANTS, May, allows, within
from patrol.core.roles import Role
from patrol.core.store import Database, finish, uuid7
from patrol.escalation.model import Matter
from patrol.findings.model import Finding
from patrol.flags.model import Flag
from patrol.grid.model import Grid
from patrol.lines.model import PatrolLine
from patrol.notices.model import Notice
from patrol.people.model import Excuse, Person, Post, Shift
from patrol.people.queries import actor_of
from patrol.plans.model import Plan
from patrol.reviews.model import Review
from patrol.rounds.model import Round, Visit
from patrol.shifts.model import Handover
from patrol.tracing.model import Doubt
from patrol.web import errors, fragments
from tests.browser import OURS
from tests.conftest import NOW
from tests.make import Make
from tests.world import ACTORS, PLACES, SECRET, World, build

TABLE = Path(__file__).with_name("matrix.toml")
NOUNS = {"code": "grid", "token_id": "session"}  # where the argument does not say it
CELLS = {"coverage.cell"}  # routes whose `code` is that of a cell
FIXED = {
    "size": "small",
    "form": "geojson",
    "what": "cells",
    "suffix": "csv",
    "photo_id": uuid7(),
    "digest": "0",
    "version": "plain",
    "path": "css/app.css",
    "name": "css/app.css",
}
FORMS: dict[str, dict[str, str]] = {
    "devices.empty": {"last": "1"},
    "people.assign": {"login": "officer", "role": "worker", "grid_id": "{grid_id}"},
    "people.enter_excuse": {
        "login": "{login}",
        "kind": "leave",
        "document": "#1",
        "from_at": "2026-11-07T08:00",
        "to_at": "2026-11-07T18:00",
    },
    "people.serve": {"document": "#3"},
    "people.give_relief": {"login": "officer", "role": "worker", "grid_id": "{grid_id}"},
    "people.stop": {
        "grid_id": "{grid_id}",
        "document": "#2",
        "from_at": "2026-11-07T08:00",
        "to_at": "2026-11-07T18:00",
    },
    "people.rule": {"verdict": "approve"},
    "people.language": {"language": "en"},
    "flags.answer": {"text": "the phone lay on the desk"},
    "flags.settle": {"verdict": "explained", "remark": "the phone lay on the desk"},
    "rounds.tracks.take_opening": {"why": "complaint"},
    "tracing.take_up": {"reason": "the dates speak for it"},
    "tracing.refuse": {"reason": "the dates speak against it"},
    "tracing.answer": {"text": "I was called to the market that morning"},
    "handling.take": {"move": "return", "stage": "dispatching", "opinion": "not ours"},
    "reviews.join": {"part": "investigator"},
    "tags.revoke": {"reason": "photographed and passed on"},
    "plans.usual": {"grid_id": "{grid_id}"},
    "plans.sign": {"reason": "few people this month"},
    "plans.templates.keep": {"name": "early market"},
    "plans.templates.rename": {"name": "late market"},
    "grid.changes.plan": {"level": "grid", "kind": "rename", "name": "other"},
    "grid.marks.mark": {"cell": "none", "topic": "street_order"},
}


class OnlyLooking(Database):
    """A database whose writes are made in full and taken back at their end."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Do everything a transaction does but keep it."""
        with self._lock, Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"write": True})
            yield session
            finish(session)
            session.expunge_all()  # what was made stays readable, as after a commit
            session.rollback()


@pytest.fixture(scope="module")
def site(tmp_path_factory: Any) -> Iterator[tuple[Flask, World, OnlyLooking]]:
    home = tmp_path_factory.mktemp("matrix")
    url = f"sqlite:///{home / 'patrol.db'}"
    owner = Database(url, owner=True)
    with owner.engine.begin() as connection:
        tables.create_all(connection)
    owner.close()
    database = Database(url)
    world = build(database, Make(database, NOW))
    database.close()
    looking = OnlyLooking(url)
    told = Settings(home=home, database_url=url, secret_key=SECRET, clock="2026-11-06T02:00:00Z")
    with looking.reading():
        app = create_app(complete(told.model_copy(update={"clock": None})), looking)
    clock.tell(NOW.isoformat())
    app.testing = True
    with pytest.MonkeyPatch.context() as patch:
        for module in (fragments, errors):
            patch.setattr(module, "render_template", lambda *_, **__: "")
        yield app, world, looking
    looking.close()
    clock.tell(None)


def nouns(rule: Rule) -> list[str]:
    """What things a route's address speaks of, and those its form does."""
    named = [
        "cell" if rule.endpoint in CELLS else NOUNS.get(name, name.removesuffix("_id"))
        for name in sorted(rule.arguments)
        if name not in FIXED and name != "subject"
    ]
    asked = [
        value.strip("{}") for value in FORMS.get(rule.endpoint, {}).values() if value[0] == "{"
    ]
    return named + asked


def letter(app: Flask, world: World, rule: Rule, actor: str, place: str) -> str:
    """How one request is answered."""
    client = app.test_client()
    if actor != "anonymous":
        client.set_cookie("patrol", world.tokens[actor])
    values: dict[str, Any] = {"subject": "finding:1"}
    for name in rule.arguments - {"subject"}:
        noun = "cell" if rule.endpoint in CELLS else NOUNS.get(name, name.removesuffix("_id"))
        values[name] = FIXED[name] if name in FIXED else world.key(noun, place, actor)
    with app.test_request_context():
        address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
    method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
    known = {noun: world.key(noun, place, actor) for noun in ("grid_id", "login")}
    form = {name: text.format(**known) for name, text in FORMS.get(rule.endpoint, {}).items()}
    data = None if method == "GET" else {"_id": str(uuid7()), **form}
    answer = client.open(address, method=method, data=data, headers=OURS)
    if answer.status_code == 401 and rule.endpoint != "people.enter":
        return "s"
    if "/sign-in?" in answer.headers.get("Location", ""):
        return "s"
    if answer.status_code < 400:
        return "."
    return {403: "f", 404: "n"}.get(
        answer.status_code, "r" if answer.status_code in range(400, 430) else "X"
    )


def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint)


def measured(app: Flask, world: World, rule: Rule) -> dict[str, str]:
    places = PLACES if nouns(rule) else ("missing",)
    return {
        actor: "".join(letter(app, world, rule, actor, place) for place in places)
        for actor in ACTORS
    }


def expected() -> dict[str, dict[str, str]]:
    return tomllib.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}


def test_every_route_stands_in_the_table(site):
    app, world, _ = site
    there, table = {rule.endpoint: rule for rule in rules(app)}, expected()

    if os.environ.get("MATRIX"):
        only = os.environ["MATRIX"].split(",")
        new = [name for name in there if name not in table or name in only or only == ["all"]]
        kept = {name: row for name, row in table.items() if name in there}
        _write(kept | {name: measured(app, world, there[name]) for name in new})
        return

    assert sorted(set(there) - set(table)) == [], "routes that are not in tests/matrix.toml"
    assert sorted(set(table) - set(there)) == [], "rows of routes that are gone"


@pytest.mark.parametrize("route", sorted(expected()))
def test_everybody_gets_at_a_route_what_the_table_says(site, route):
    app, world, _ = site
    rule = next((one for one in rules(app) if one.endpoint == route), None)
    assert rule is not None, "the route is gone; take its row out of tests/matrix.toml"

    found = measured(app, world, rule)

    assert found == expected()[route]
    assert not any("X" in answer for answer in found.values()), "a fault of ours"


def test_the_permission_for_one_thing_and_for_a_query_agree(site):
    _, world, database = site
    models = (
        Grid,
        Person,
        Post,
        Excuse,
        Notice,
        Matter,
        Plan,
        PatrolLine,
        Round,
        Visit,
        Finding,
        Flag,
        Draw,
        SpotCheck,
        Inspection,
        Doubt,
        Review,
        Shift,
        Handover,
    )
    compared = 0
    with database.reading() as session:
        for person in {one.id: one for one in world.people.values()}.values():
            actor = actor_of(session, person.id, now=NOW)
            for model in models:
                things = list(session.scalars(select(model)))
                for may in May:
                    told = {thing.id for thing in things if allows(actor, may, thing)}
                    asked = select(model.id).where(within(actor, may, model))
                    assert told == set(session.scalars(asked)), (person.login, may, model)
                    compared += len(things)
    assert compared > 50_000


def test_every_permission_is_granted_to_somebody_and_no_role_is_empty():
    from patrol.core.access import EVERYONE

    granted = set(EVERYONE) | {may for grants in GRANTS.values() for may in grants}

    assert granted == set(May)
    assert set(GRANTS) == set(Role)


def _write(found: dict[str, dict[str, str]]) -> None:
    """The table as it would pass now; whoever writes it reads every line that is new."""
    lines = [
        "# What everybody gets at every route; see test_matrix.py for the letters.",
        f"# Routes that speak of a thing have one letter each for {', '.join(PLACES)}.",
    ]
    for route in sorted(found):
        lines.append("")
        lines.append(f'["{route}"]')
        lines.extend(f'{actor} = "{answer}"' for actor, answer in found[route].items())
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
