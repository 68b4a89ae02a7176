"""Whether this process lives, and whether the site behind it can take work."""

import os

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from patrol.web.session import db

bp = Blueprint("health", __name__)
LEAST_FREE = 1_000_000_000  # bytes; under it nothing more is taken


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers, photos can be kept and there is room; details only from near."""
    faults = [name for name, check in CHECKS.items() if not check()]
    status = 503 if faults else 200
    if request.remote_addr in {"127.0.0.1", "::1", None}:
        return jsonify(ready=not faults, faults=faults), status
    return ("not ready\n" if faults else "ready\n"), status


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1 FROM ledger_head"))
    except SQLAlchemyError:
        return False
    return True


def _media() -> bool:
    return os.access(current_app.config["SETTINGS"].media, os.W_OK)


def _room() -> bool:
    room = os.statvfs(current_app.config["SETTINGS"].media)
    return room.f_bavail * room.f_frsize >= LEAST_FREE


CHECKS = {"database": _database, "media": _media, "room": _room}
