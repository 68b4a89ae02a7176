"""What a request has at hand: the database of this site, and who is asking."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from flask import Flask, Request, abort, current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from sqlmodel import Session
from werkzeug.wrappers import Response

from patrol.core.access import Actor, May
from patrol.core.store import Database

COOKIE = "patrol"
login = LoginManager()
P = ParamSpec("P")


@dataclass(eq=False)
class SignedIn(UserMixin):
    """The person a request was signed by, with the row of the session it came in."""

    actor: Actor
    token_id: str

    def get_id(self) -> str:
        """What Flask-Login knows the person by."""
        return str(self.actor.id)


class _Messages(SecureCookieSessionInterface):
    """Flask's cookie of messages for the next page; nothing is made where none came."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """An empty one without a cookie, else what the cookie says."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class _Db:
    """The database of the app that serves this request."""

    @property
    def database(self) -> Database:
        """The site's database."""
        return cast("Database", current_app.extensions["patrol.database"])

    @property
    def session(self) -> Session:
        """The session this request reads with; it never writes."""
        if "reading" not in g:
            g.reading = self.database.reading()
        return cast("Session", g.reading)

    def transaction(self) -> AbstractContextManager[Session]:
        """One write: committed whole at its end, or not at all."""
        self.let_go()
        return self.database.transaction()

    def let_go(self) -> None:
        """End the reading session, so that nothing stale is read and no lock is held."""
        if (session := g.pop("reading", None)) is not None:
            session.close()


db = _Db()


def init_app(app: Flask, database: Database) -> None:
    """Give the app its database and its sign-in."""
    app.extensions["patrol.database"] = database
    app.session_interface = _Messages()
    login.init_app(app)
    login.session_protection = None  # our tokens are revocable; phones change networks

    @app.teardown_appcontext
    def _close(_: BaseException | None) -> None:
        db.let_go()


def signed_in_by(load: Callable[[Request], SignedIn | None]) -> None:
    """Have `load` say who signed a request; the slice that knows people does."""
    login.request_loader(load)


def current_actor() -> Actor | None:
    """Who is asking, or whose evidence is being brought; none when nobody is signed in."""
    here = g._get_current_object()  # noqa: SLF001  each look through a proxy costs
    if (author := here.get("author")) is not None:
        return cast("Actor", author)
    user = here.get("_login_user") or current_user._get_current_object()  # noqa: SLF001  where Flask-Login keeps it
    return user.actor if isinstance(user, SignedIn) else None


def wants_machine() -> bool:
    """Whether the asker is a script that must never be sent to a sign-in page."""
    return "Idempotency-Key" in request.headers or "HX-Request" in request.headers


def requires(
    may: May,
) -> Callable[
    [Callable[Concatenate[Actor, P], ResponseReturnValue]], Callable[P, ResponseReturnValue]
]:
    """Let a view run only for a signed-in person with this permission, and hand it the actor.

    Nobody signed in: a page goes to the sign-in, a script gets 401. Signed in without the
    permission at all: 403. How far it reaches is for the query and the service to say.
    """

    def wrap(
        view: Callable[Concatenate[Actor, P], ResponseReturnValue],
    ) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            actor = current_actor()
            if actor is None:
                return ask_to_sign_in()
            if not actor.can(may):
                turn_away: Callable[[Actor], Response] | None = getattr(view, "turn_away", None)
                return turn_away(actor) if turn_away else abort(403)
            return view(actor, *args, **kwargs)

        guarded.may = may  # type: ignore[attr-defined]
        return cast("Callable[P, ResponseReturnValue]", guarded)

    return wrap


def ask_to_sign_in() -> Response:
    """Send a person to the sign-in page and back; tell a script 401."""
    if wants_machine() or request.method not in {"GET", "HEAD"}:
        abort(401)
    asked: dict[str, Any] = {} if request.path == "/" else {"next": request.full_path.rstrip("?")}
    return redirect(url_for("people.sign_in", **asked), 303)
