"""The application: settings → database → sign-in → language → headers → errors → slices."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from jinja2 import StrictUndefined

from patrol import config
from patrol.config import Settings
from patrol.core import clock
from patrol.core.store import Database
from patrol.paths import TEMPLATES
from patrol.web import assets, errors, filters, headers, health, i18n, nav, pwa, session, words

SLICES = (
    "grid",
    "people",
    "catalogue",
    "plans",
    "escalation",
    "notices",
    "rounds",
    "findings",
    "photos",
    "handling",
    "tracing",
    "reviews",
    "coverage",
    "ledger",
    "desk",
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """Build the app of one site; raises `ValueError` when a setting is wrong."""
    settings = settings or config.load()
    clock.tell(settings.clock)
    clock.live_in(settings.zone)
    words.compile_catalogues()
    app = Flask("patrol", template_folder=str(TEMPLATES), static_folder=None)
    app.secret_key = settings.secret_key
    app.config["SETTINGS"] = settings
    app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    session.init_app(app, database or Database(settings.database_url))
    i18n.init_app(app, settings)
    filters.init_app(app)
    assets.init_app(app)
    headers.init_app(app, settings)
    errors.init_app(app)
    nav.init_app(app)
    app.register_blueprint(pwa.bp)
    app.register_blueprint(health.bp)
    for name in SLICES:
        _take_in(app, name)
    return app


def _take_in(app: Flask, name: str) -> None:
    """Register a slice's pages, and its sentences for what it refuses."""
    if find_spec(f"patrol.{name}.views"):
        app.register_blueprint(import_module(f"patrol.{name}.views").bp)
    if find_spec(f"patrol.{name}.words"):
        errors.know(getattr(import_module(f"patrol.{name}.words"), "REFUSALS", {}))
