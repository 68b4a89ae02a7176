"""The one place where a no becomes a page: cause, and one thing to do."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, make_response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from patrol.core.errors import Refused
from patrol.web.templates import render_template

log = logging.getLogger("patrol")
RETRY = {429: 3600, 503: 5, 507: 60}  # seconds after which a phone may send again

SENTENCES: dict[str, Any] = {
    "not-found": _l("There is no such thing here, or it is not for you to see."),
    "forbidden": _l("You may see this, but not do that."),
    "conflict": _l("Somebody changed this meanwhile. Look at it again, then decide."),
    "busy": _l("Too many are writing just now. It will be sent again in a moment."),
    "disk-full": _l("There is no room on the server just now. It will be sent again later."),
    "replay.too-much": _l(
        "Too many of your records were sent back today. Look at what waits to be sent; this "
        "record stays on the phone and goes again later."
    ),
    "replay.key-missing": _l("The form came without its number. Open it again and send it anew."),
    "replay.digest": _l("The form arrived damaged. It will be sent again."),
    "replay.conflict": _l("Another record already has this number. Send it as a new one."),
    "replay.device": _l("The phone's own number or counter cannot be read."),
    "when.future": _l("The time lies in the future. Check the phone's clock."),
}


def know(sentences: Mapping[str, Any]) -> None:
    """Take the sentences of a slice for the codes it refuses with."""
    SENTENCES.update(sentences)


def sentence(refused: Refused) -> str:
    """A refusal in the reader's language; its code where no sentence was written."""
    told = SENTENCES.get(refused.code)
    if told is None:
        return str(refused)
    return str(told) % refused.facts if refused.facts else str(told)


def init_app(app: Flask) -> None:
    """Answer every error with its cause in words, whoever raised it."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return page(error.status, sentence(error), code=error.code)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return page(error.code or 500, code=error.name.lower().replace(" ", "-"))

    @app.errorhandler(OperationalError)
    def database(error: OperationalError) -> Response:
        told = str(error.orig).lower()
        if "full" in told or "no space" in told:
            return page(507, code="disk-full")
        log.warning("database unavailable: %s", told)
        return page(503, code="busy")

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("unexpected fault at %s", request.path, exc_info=error)
        return page(500, code="fault")


def page(status: int, told: str = "", *, code: str = "") -> Response:
    """An error as a page; as plain words should even that fail."""
    try:
        body = render_template("errors/error.html", status=status, told=told, code=code)
    except Exception:
        log.exception("the error page itself failed")
        body = told or _("Something went wrong (%(status)s).", status=status)
    response = make_response(body, status)
    response.headers["X-Refusal"] = code
    if status in RETRY:
        response.headers["Retry-After"] = str(RETRY[status])
    return response
