"""The way in and out: signing in, one's own sessions, password and language."""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Request, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.errors import NotFound, Refused
from patrol.people import queries, roster, signing
from patrol.people.drafts import NewPassword, SignIn
from patrol.web import i18n
from patrol.web.forms import NO_ERRORS, Errors, fields, read, refusal
from patrol.web.fragments import render
from patrol.web.session import COOKIE, SignedIn, current_actor, db, requires, signed_in_by

bp = Blueprint("people", __name__)
KNOWN_DAYS = 180  # how long a browser is remembered as one of an account's own
UNATTENDED = frozenset({"notices.badge"})  # what a page left open asks for by itself
MOST_KNOWN = 12  # accounts remembered in one browser; phones are shared


@signed_in_by
def signed_in(request: Request) -> SignedIn | None:
    """Who signed this request, by the token in its cookie; over TLS only by the guarded one."""
    token = request.cookies.get(_named(COOKIE))
    if not token:
        return None
    now = clock.now()
    found = queries.signed_in(db.session, token, now=now)
    if found is None:
        return None
    actor, opened = found
    if request.endpoint not in UNATTENDED and now - opened.seen_at >= signing.TOUCH:
        g.to_touch = opened.id
    return SignedIn(actor, opened.id)


@bp.after_app_request
def keep_awake(response: Response) -> Response:
    """Record once a minute that a session is in use, after the view has let go of the database."""
    token_id = g.pop("to_touch", None)
    if token_id is not None:
        with db.transaction() as session:
            signing.touch(session, token_id, now=clock.now())
    return response


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask who it is; whoever is signed in already goes on."""
    if current_actor() is not None:
        return redirect(_onwards(request.args.get("next")), 303)
    return _form(request.args.get("next"))


@bp.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Open a session, or say no in the same words whatever was wrong."""
    asked = request.form.get("next")
    draft, errors = read(SignIn, request.form)
    if draft is None:
        return _form(asked, errors, status=422)
    login = draft.login.strip().lower()
    browser = _browser()
    known = browser["id"] if _short(login) in browser["logins"] else None
    try:
        opened = signing.sign_in(
            db.database,
            login,
            draft.password,
            address=request.remote_addr or "",
            known=known,
            now=clock.now(),
        )
    except Refused as refused:
        status = 401 if refused.code == "sign-in-wrong" else refused.status
        response = _form(asked, refusal(refused), status=status)
        if "seconds" in refused.facts:
            response.headers["Retry-After"] = str(refused.facts["seconds"])
        return response
    response = redirect(_onwards(asked), 303)
    _keep(response, COOKIE, opened.token, until=opened.ends_at)
    logins = [_short(login), *(one for one in browser["logins"] if one != _short(login))]
    _remember(response, {"id": browser["id"], "logins": logins[:MOST_KNOWN]})
    return response


@bp.post("/sign-out")
@requires(May.BE_SIGNED_IN)
def sign_out(actor: Actor) -> ResponseReturnValue:
    """End this session; what is unsent stays on the phone."""
    with db.transaction() as session:
        signing.sign_out(session, actor, _token_id(), now=clock.now())
    response = redirect(url_for("people.sign_in"), 303)
    response.delete_cookie(_named(COOKIE), secure=request.is_secure, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@bp.post("/language")
def language() -> ResponseReturnValue:
    """Keep the language chosen: with the person, and in this browser."""
    locale = request.form.get("language", "")
    if locale not in i18n.LOCALES:
        raise NotFound
    actor = current_actor()
    if actor is not None:
        with db.transaction() as session:
            signing.choose_language(session, actor, locale)
    response = redirect(_onwards(request.form.get("next")), 303)
    response.set_cookie(
        i18n.COOKIE,
        locale,
        max_age=365 * 86400,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


@bp.get("/account")
@requires(May.BE_SIGNED_IN)
def account(actor: Actor) -> ResponseReturnValue:
    """One's own language, password and signed-in browsers."""
    return _account(actor)


@bp.post("/account/password")
@requires(May.BE_SIGNED_IN)
def change_password(actor: Actor) -> ResponseReturnValue:
    """Set a new password, proven by the old one; all other browsers are signed out."""
    draft, errors = read(NewPassword, request.form)
    if draft is None:
        return _account(actor, errors, status=422)
    token_id = _token_id()
    db.let_go()
    try:
        signing.change_password(
            db.database, actor, token_id, draft.old, draft.password, now=clock.now()
        )
    except Refused as refused:
        return _account(actor, refusal(refused), status=refused.status)
    flash(_("The new password holds. Every other browser is signed out."))
    return redirect(url_for("people.account"), 303)


@bp.post("/account/sessions/<string(length=64):token_id>/end")
@requires(May.BE_SIGNED_IN)
def end_session(actor: Actor, token_id: str) -> ResponseReturnValue:
    """Sign another browser of one's own out."""
    with db.transaction() as session:
        signing.sign_out(session, actor, token_id, now=clock.now())
    flash(_("That browser is signed out."))
    return redirect(url_for("people.account"), 303)


def _form(asked: str | None, errors: Errors = NO_ERRORS, *, status: int = 200) -> Response:
    labels = {"login": _("Account"), "password": _("Password")}
    made = fields(
        SignIn,
        labels,
        values={"login": request.form.get("login", "")},
        errors=errors,
        kinds={"password": "password"},
    )
    response = render(
        "people/sign_in.html",
        status=status,
        fields=made,
        errors=errors,
        next=asked or "",
        locale=i18n.select(),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _account(actor: Actor, errors: Errors = NO_ERRORS, *, status: int = 200) -> Response:
    labels = {"old": _("Present password"), "password": _("New password")}
    hints = {"password": _("At least 8 characters; a short sentence is best.")}
    kinds = {"old": "password", "password": "password"}
    return render(
        "people/account.html",
        status=status,
        fields=fields(NewPassword, labels, errors=errors, hints=hints, kinds=kinds),
        errors=errors,
        sessions=roster.sessions(db.session, actor, _token_id(), now=clock.now()),
        locale=i18n.select(),
    )


def _token_id() -> str:
    return str(current_user.token_id)


def _named(cookie: str) -> str:
    """Over TLS a cookie no other host or path can plant."""
    return f"__Host-{cookie}" if request.is_secure else cookie


def _keep(response: Response, cookie: str, value: str, *, until: datetime) -> None:
    response.set_cookie(
        _named(cookie),
        value,
        max_age=int((until - clock.now()).total_seconds()),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known-browser")


def _browser() -> dict[str, Any]:
    """This browser's own number, and the accounts that have signed in with it."""
    try:
        found = _serializer().loads(request.cookies.get(_named(f"{COOKIE}-known"), ""))
        return {"id": str(found["id"]), "logins": list(found["logins"])}
    except (BadSignature, KeyError, TypeError):
        return {"id": secrets.token_urlsafe(16), "logins": []}


def _remember(response: Response, browser: dict[str, Any]) -> None:
    response.set_cookie(
        _named(f"{COOKIE}-known"),
        str(_serializer().dumps(browser)),
        max_age=KNOWN_DAYS * 86400,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _short(login: str) -> str:
    return hashlib.sha256(login.encode()).hexdigest()[:16]


def _onwards(asked: str | None) -> str:
    """Where to go next: a page of ours, never another site however it is written."""
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(asked)
    odd = parts.scheme or parts.netloc or any(ord(one) < 33 or one == "\\" for one in asked)
    return "/" if odd else asked
