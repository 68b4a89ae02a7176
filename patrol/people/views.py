"""The pages on posts: who answers where, the roster, a person, posts given, leave entered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.errors import NotFound
from patrol.core.roles import Line, Role
from patrol.core.store import uuid7
from patrol.grid import queries as grids
from patrol.notices import words as notices
from patrol.people import leave, posting_views, queries, roster, rules, service, signing, words
from patrol.people.drafts import NewExcuse, NewPost, Ruling
from patrol.people.entrance import bp
from patrol.people.model import Excuse, Person, Post
from patrol.replay.views import replayable
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, again, fields, filled, read
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires, wants_machine

__all__ = ["bp", "posting_views"]

WORDS: dict[str, Any] = {
    "roles": words.ROLES,
    "kinds": words.KINDS,
    "post_states": words.POST_STATES,
    "lines": words.LINES,
    "whys": words.WHYS,
    "identities": words.IDENTITIES,
    "excuse_kinds": words.EXCUSES,
    "excuse_states": words.EXCUSE_STATES,
    "certificates": words.CERTIFICATES,
    "level": words.level,
}


notices.word("role", words.ROLES)
notices.word("kind", words.KINDS)


@bp.get("/answers")
@requires(May.SEE_ANSWER)
def answers(actor: Actor) -> ResponseReturnValue:
    """Who answers for a point, a cell or a grid, now or at a moment then, in both lines."""
    at = asked.moment("at") or clock.now()
    cell, grid = _place(at)
    lasting = grids.lasting_id(db.session, grid) if grid else None
    chains = {
        line: queries.chain(db.session, lasting, line, at=at) if lasting else [] for line in Line
    }
    return render(
        "people/answers.html",
        block="chains",
        as_of=at,
        then=request.args.get("at", ""),
        asked=request.args.get("place", ""),
        cell=cell,
        grid=grid,
        chains=chains,
        known=roster.known(
            db.session, actor, [one.answers for chain in chains.values() for one in chain]
        ),
        street=queries.street_tier(db.session),
        **WORDS,
    )


@bp.get("/roster", endpoint="roster")
@requires(May.SEE_POST)
def list_roster(actor: Actor) -> ResponseReturnValue:
    """The grids below with who holds them; what nobody holds is said in red words."""
    code = request.args.get("grid")
    grid = grids.grid_by_code(db.session, code) if code else None
    if code and grid is None:
        raise NotFound
    page = asked.number("page")
    found = roster.roster(db.session, actor, grid=grid, page=page, now=clock.now())
    return render(
        "people/roster.html",
        block="rows",
        roster=found,
        known=roster.known(
            db.session, actor, [post.person_id for row in found.rows for post in row.posts]
        ),
        grid=grid,
        chains=_chains(grid),
        street=queries.street_tier(db.session),
        **WORDS,
    )


@bp.get("/people")
@requires(May.SEE_PERSON)
def index(actor: Actor) -> ResponseReturnValue:
    """The people one may see, found by name, account or phone."""
    sought = request.args.get("q", "").strip()[:64]
    page = asked.number("page")
    found, total = roster.people(db.session, actor, asked=sought, page=page, now=clock.now())
    pages = max(-(-total // roster.PAGE), 1)
    return render(
        "people/index.html",
        block="people",
        people=found,
        total=total,
        asked=sought,
        page=page,
        pages=pages,
        **WORDS,
    )


@bp.get("/people/<uuid:person_id>")
@requires(May.SEE_PERSON)
def show(actor: Actor, person_id: UUID) -> ResponseReturnValue:
    """One person: how to reach them, certificate, posts now and before, entries."""
    card = roster.person(db.session, actor, person_id, now=clock.now())
    street = queries.street_tier(db.session)
    return render("people/person.html", person=card, street=street, **WORDS)


@bp.post("/people/<uuid:person_id>/disable")
@requires(May.MANAGE_PERSON)
def disable(actor: Actor, person_id: UUID) -> ResponseReturnValue:
    """Let somebody who left sign in no more; what they did stays."""
    with db.transaction() as session:
        signing.disable(session, actor, session.get(Person, person_id), now=clock.now())
    flash(_("Signed out everywhere, and signing in no more. What was done stays."))
    return redirect(url_for("people.show", person_id=person_id), 303)


@bp.get("/my-posts")
@requires(May.BE_SIGNED_IN)
def my_posts(actor: Actor) -> ResponseReturnValue:
    """One's own posts; those not accepted yet first."""
    found = roster.posts_of(db.session, actor, actor.id, now=clock.now())
    mine = sorted(found, key=lambda card: card.state is not roster.PostState.WAITING)
    street = queries.street_tier(db.session)
    told: dict[str, Any] = {"posts": mine, "street": street, "new_id": uuid7}
    return render("people/my_posts.html", block="posts", **told, **WORDS)


@bp.post("/posts/<uuid:post_id>/accept")
@requires(May.ACCEPT_POST)
@replayable
def accept(actor: Actor, session: Session, post_id: UUID) -> ResponseReturnValue:
    """Accept one's own post, also from a phone that was offline; it binds from our now on."""
    service.accept(session, actor, session.get(Post, post_id), now=clock.now())
    if not wants_machine():
        flash(_("Accepted. From now on you answer for it."))
    return landed(url_for("people.my_posts"), "people/_accepted.html")


@bp.post("/posts/<uuid:post_id>/end")
@requires(May.MANAGE_POST)
def end(actor: Actor, post_id: UUID) -> ResponseReturnValue:
    """End a post from now on."""
    with db.transaction() as session:
        post = service.end(session, actor, session.get(Post, post_id), now=clock.now())
        person_id = post.person_id
    flash(_("The post ends now. What it bound before stays as it was."))
    return redirect(url_for("people.show", person_id=person_id), 303)


def _post_form(actor: Actor, errors: Errors = NO_ERRORS) -> Response:
    below = sorted(rules.assignable(actor.roles), key=list(Role).index)
    mine = [(str(card.id), card.name) for card in grids.cards(db.session, actor)]
    people = roster.people_below(db.session, actor, now=clock.now())
    labels = {
        "login": _("Person"),
        "role": _("As"),
        "grid_id": _("Grid"),
        "kind": _("How the post is held"),
        "from_at": _("From"),
        "to_at": _("Until"),
    }
    made = fields(
        NewPost,
        labels,
        values=request.form or {name: told for name, told in request.args.items() if told},
        errors=errors,
        hints={
            "from_at": _("Empty: from now on."),
            "to_at": _("Empty: until further notice."),
        },
        kinds={"kind": "chips", "from_at": "datetime-local", "to_at": "datetime-local"},
        choices={
            "login": people,
            "role": [(role.value, words.ROLES[role]) for role in below],
            "grid_id": mine,
            "kind": [(kind.value, word) for kind, word in words.KINDS.items()],
        },
    )
    return render("people/new_post.html", fields=made, errors=errors)


@bp.get("/posts/new")
@requires(May.MANAGE_POST)
def new_post(actor: Actor) -> ResponseReturnValue:
    """The form that gives somebody a post; the grid and role may come with the address."""
    return _post_form(actor)


@bp.post("/posts")
@requires(May.MANAGE_POST)
@again(_post_form)
def assign(actor: Actor) -> ResponseReturnValue:
    """Give somebody a post on a grid below one's own."""
    draft = filled(NewPost)
    with db.transaction() as session:
        post = service.assign(session, actor, draft, now=clock.now(), zone=clock.city())
        person = session.get_one(Person, post.person_id)
    flash(_("%(name)s is told and must accept; until then you answer.", name=person.name))
    return redirect(url_for("people.roster"), 303)


@bp.get("/excuses")
@requires(May.RECORD_EXCUSE)
def excuses(actor: Actor) -> ResponseReturnValue:
    """Leave and orders of one's own and below; what waits for approval first."""
    found = leave.excuses(db.session, actor)
    return render("people/excuses.html", block="entries", excuses=found, **WORDS)


def _excuse_form(actor: Actor, errors: Errors = NO_ERRORS) -> Response:
    people = roster.people_below(db.session, actor, now=clock.now())
    labels = {
        "login": _("Person"),
        "kind": _("Reason for absence"),
        "document": _("Number of the paper"),
        "from_at": _("From"),
        "to_at": _("Until"),
        "reason": _("Remark"),
    }
    made = fields(
        NewExcuse,
        labels,
        values=request.form or request.args,
        errors=errors,
        hints={"document": _("Such as #2026-118; it is shown in every trace.")},
        kinds={
            "kind": "chips",
            "reason": "textarea",
            "from_at": "datetime-local",
            "to_at": "datetime-local",
        },
        choices={
            "login": people,
            "kind": [(kind.value, word) for kind, word in words.EXCUSES.items()],
        },
    )
    return render("people/new_excuse.html", fields=made, errors=errors)


@bp.get("/excuses/new")
@requires(May.RECORD_EXCUSE)
def new_excuse(actor: Actor) -> ResponseReturnValue:
    """The form for leave, an order elsewhere, or a weather stop."""
    return _excuse_form(actor)


@bp.post("/excuses")
@requires(May.RECORD_EXCUSE)
@again(_excuse_form)
def enter_excuse(actor: Actor) -> ResponseReturnValue:
    """Enter leave for oneself or for somebody below."""
    draft = filled(NewExcuse)
    with db.transaction() as session:
        service.enter_excuse(session, actor, draft, now=clock.now(), zone=clock.city())
    flash(_("The entry is signed with your name."))
    return redirect(url_for("people.excuses"), 303)


@bp.post("/excuses/<uuid:excuse_id>/ruling")
@requires(May.RECORD_EXCUSE)
def rule(actor: Actor, excuse_id: UUID) -> ResponseReturnValue:
    """Approve or refuse an entry."""
    draft, _errors = read(Ruling, request.form)
    if draft is None:
        raise NotFound
    with db.transaction() as session:
        excuse = session.get(Excuse, excuse_id)
        approve = draft.verdict == "approve"
        service.rule_on_excuse(session, actor, excuse, approve=approve, now=clock.now())
    found = leave.excuses(db.session, actor)
    context: dict[str, Any] = {"excuses": found, **WORDS}
    return landed(url_for("people.excuses"), "people/excuses.html", "entries", **context)


def _chains(grid: Any) -> dict[Line, Any]:
    """Both lines of command over a grid now; none where no grid is chosen."""
    if grid is None:
        return {}
    return {line: queries.chain(db.session, grid.id, line, at=clock.now()) for line in Line}


def _place(at: datetime) -> tuple[Any, Any]:
    """The cell and grid asked for: by a point, or by the code of either."""
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    code = request.args.get("place", "").strip()
    cell = None
    if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90:
        cell = grids.cell_at(db.session, lon, lat, at=at)
    elif code:
        cell = grids.cell_by_code(db.session, code, at=at)
        if cell is None:
            return None, grids.grid_by_code(db.session, code, at=at)
    grid = grids.grids_of(db.session, [cell.grid_id]).get(cell.grid_id) if cell else None
    return cell, grid
