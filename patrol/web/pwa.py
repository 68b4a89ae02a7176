"""What makes the site an app on a phone: manifest, service worker, and an answer to a ping."""

from functools import cache
from hashlib import sha256

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from patrol.paths import TEMPLATES
from patrol.web.assets import asset_url, asset_version

bp = Blueprint("pwa", __name__)


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """Describe the app to a phone that installs it."""
    response = make_response(render_template("manifest.webmanifest"))
    response.mimetype = "application/manifest+json"
    return response


@bp.get("/sw.js")
def worker() -> Response:
    """The service worker, new whenever a static file or a template is.

    With `?sync` it is a module that also sends what waits, for browsers that wake it to do so.
    """
    sync = "sync" in request.args
    response = make_response(render_template("sw.js", version=build_hash(), sync=sync))
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/offline")
def offline() -> str:
    """The page a phone shows when it has no other."""
    return render_template("offline.html")


@bp.get("/ping")
def ping() -> Response:
    """Whether we are really reached, and what time it is here."""
    response = make_response("", 204)
    response.headers["X-Patrol"] = build_hash()
    return response


@bp.get("/favicon.ico")
def favicon() -> Response:
    """For browsers that ask without reading the page."""
    return redirect(asset_url("icons/icon.svg"), 301)


@cache
def build_hash() -> str:
    """Changes whenever a static file or a template does."""
    whole = sha256(asset_version().encode())
    for path in sorted(TEMPLATES.rglob("*")):
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]
