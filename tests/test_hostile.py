"""Whatever somebody types into an address or a form, no route answers with a fault of ours."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from patrol.core.store import Database, uuid7
from tests.browser import OURS
from tests.make import Make
from tests.test_matrix import FIXED, NOUNS, rules
from tests.world import World, build

VALUES = (
    "99999999999999999999",
    "0001-01-01T00:00:00",
    "𠮷" * 3000,
)
ASKED = (
    *("page", "offset", "before", "at", "as_of", "month", "day", "grid", "plan", "place", "lon"),
    *("lat", "q", "words", "state", "topic", "show", "kind", "line", "phase", "period", "ref"),
    *("order", "cadence", "replaces_id", "grid_id", "person", "record", "view", "next", "class"),
)
TYPED = (
    *("login", "password", "current", "new", "name", "reason", "text", "remark", "opinion", "move"),
    *(
        "lon",
        "lat",
        "own_lon",
        "own_lat",
        "own_accuracy",
        "accuracy",
        "seen_at",
        "made_at",
        "from_at",
    ),
    *("to_at", "at", "since", "starts", "ends", "code", "condition", "topics", "cells", "cell_id"),
    *("grid_id", "cell", "topic", "level", "kind", "role", "first", "last", "points", "minutes"),
    *(
        "days",
        "seed",
        "size",
        "key",
        "photo",
        "round_id",
        "method",
        "token",
        "measure",
        "act",
        "part",
    ),
    *("verdict", "outcome", "language", "next", "theme", "place", "hours", "weekdays", "datum"),
)


@pytest.fixture
def world(database: Database, make: Make) -> World:
    return build(database, make)


def address(app: Flask, world: World, rule: Rule, actor: str) -> str:
    values: dict[str, Any] = {"subject": "finding:1"}
    for name in rule.arguments - {"subject"}:
        noun = (
            "cell"
            if rule.endpoint == "coverage.cell"
            else NOUNS.get(name, name.removesuffix("_id"))
        )
        values[name] = FIXED[name] if name in FIXED else world.key(noun, "own", actor)
    with app.test_request_context():
        return app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_address_and_no_form_makes_a_fault(app: Flask, world: World) -> None:
    app.testing = False
    client = app.test_client()
    client.set_cookie("patrol", world.tokens["supervisor"])
    faults = []

    for rule in rules(app):
        if rule.endpoint in {"people.sign_out", "people.end_session", "people.disable"}:
            continue
        where = address(app, world, rule, "supervisor")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for value in VALUES:
                asked = dict.fromkeys(ASKED, value[:200])
                typed = None if method == "GET" else dict.fromkeys(TYPED, value) | {"_id": uuid7()}
                answer = client.open(
                    where, method=method, query_string=asked, data=typed, headers=OURS
                )
                if answer.status_code == 500:
                    faults.append((rule.endpoint, method, value[:20]))

    assert faults == []
