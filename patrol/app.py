"""The application: settings → database → sign-in → language → headers → errors → slices."""

import sys
from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import inspect
from sqlmodel import select

from patrol import config
from patrol.catalogue.model import Setting
from patrol.config import Settings
from patrol.core import clock
from patrol.core.store import Database
from patrol.notices import words as notices
from patrol.paths import TEMPLATES
from patrol.people.model import Person
from patrol.web import (
    assets,
    basemap,
    errors,
    filters,
    headers,
    health,
    i18n,
    nav,
    pwa,
    session,
    templates,
    words,
)

TURN = 0.001  # seconds; Python's own 0.005 has one thread write while the others hold it up
SLICES = (
    "grid",
    "tags",
    "people",
    "devices",
    "catalogue",
    "plans",
    "escalation",
    "notices",
    "rounds",
    "lines",
    "findings",
    "photos",
    "handling",
    "flags",
    "checks",
    "tracing",
    "reviews",
    "coverage",
    "shifts",
    "ledger",
    "desk",
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """Build the app of one site; raises `ValueError` when a setting is wrong."""
    settings = settings or config.load()
    sys.setswitchinterval(TURN)
    clock.tell(settings.clock)
    clock.live_in(settings.zone)
    words.compile_catalogues()
    app = Flask("patrol", template_folder=str(TEMPLATES), static_folder=None)
    app.jinja_environment = templates.Templates
    app.secret_key = settings.secret_key
    app.config["SETTINGS"] = settings
    app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    database = database or Database(settings.database_url)
    _refuse_other_time(settings, database)
    session.init_app(app, database)
    i18n.init_app(app, settings)
    filters.init_app(app)
    assets.init_app(app)
    ground = basemap.read(settings)
    basemap.init_app(app, ground)
    headers.init_app(app, settings, pictures=ground.host if ground else None)
    errors.init_app(app)
    nav.init_app(app)
    app.register_blueprint(pwa.bp)
    app.register_blueprint(health.bp)
    for name in SLICES:
        _take_in(app, name)
    return app


def _refuse_other_time(settings: Settings, database: Database) -> None:
    """Let no site with real people in it live at another time than the true one."""
    if settings.clock is None:
        return
    with database.reading() as reading:
        if not inspect(reading.connection()).has_table("person"):
            return
        kind = reading.get(Setting, "site.kind")
        real = reading.scalar(select(Person.id).limit(1)) is not None
    if real and (kind is None or kind.value not in {"demo", "test"}):
        raise ValueError("wrong settings: PATROL_CLOCK: only a demo or test site may set it")


def _take_in(app: Flask, name: str) -> None:
    """Register a slice's pages, and its sentences for what it refuses and gives notice of."""
    if find_spec(f"patrol.{name}.views"):
        app.register_blueprint(import_module(f"patrol.{name}.views").bp)
    if find_spec(f"patrol.{name}.words"):
        told = import_module(f"patrol.{name}.words")
        errors.know(getattr(told, "REFUSALS", {}))
        notices.know(getattr(told, "NOTICES", {}), getattr(told, "PAGES", {}))
