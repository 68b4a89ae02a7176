"""Signing in and out, the roster, and who answers where."""

from flask import Blueprint, Request

from patrol.core import clock
from patrol.people import queries
from patrol.web.session import COOKIE, SignedIn, db, signed_in_by

bp = Blueprint("people", __name__)


@signed_in_by
def signed_in(request: Request) -> SignedIn | None:
    """Who signed this request, by the token in its cookie."""
    token = request.cookies.get(COOKIE) or request.cookies.get(f"__Host-{COOKIE}")
    if not token:
        return None
    found = queries.actor_of_token(db.session, token, now=clock.now())
    return SignedIn(*found) if found else None
