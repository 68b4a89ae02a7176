"""Words for people: roles, identities, kinds of posts, excuses, and why something was refused."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.core.roles import Identity, Line, PostKind, Role
from patrol.people.drafts import Span
from patrol.people.lists import Act
from patrol.people.roster import PostState
from patrol.people.rules import Certificate, ExcuseKind, ExcuseState, Why

ROLES: dict[Role, Any] = {
    Role.OFFICER: _l("patrol officer"),
    Role.WORKER: _l("grid worker"),
    Role.HEAD: _l("grid head"),
    Role.SQUAD_LEADER: _l("squad leader"),
    Role.BRIGADE_LEADER: _l("brigade leader"),
    Role.BUREAU_LEADER: _l("bureau leader in charge"),
    Role.SUPERVISOR: _l("supervisor"),
    Role.LEGAL: _l("legal reviewer"),
    Role.DISPATCHER: _l("dispatcher"),
    Role.HANDLER: _l("handling unit"),
    Role.AUDITOR: _l("security auditor"),
    Role.ADMIN: _l("administrator"),
}
HEADS = (
    _l("head of the responsibility grid"),
    _l("head of the community grid"),
    _l("head of the street grid"),
)  # by height above the lowest tier
LINES: dict[Line, Any] = {
    Line.TERRITORY: _l("line of grids"),
    Line.UNIT: _l("line of units"),
}
IDENTITIES: dict[Identity, Any] = {
    Identity.CIVIL_SERVANT: _l("civil servant"),
    Identity.INSTITUTION: _l("public institution"),
    Identity.CONTRACT: _l("labour contract"),
    Identity.AGENCY: _l("agency staff"),
    Identity.VILLAGE: _l("village or residents' committee"),
    Identity.VOLUNTEER: _l("volunteer"),
}
KINDS: dict[PostKind, Any] = {
    PostKind.PRIMARY: _l("primary"),
    PostKind.RELIEF: _l("relief"),
    PostKind.COVER: _l("leave cover"),
}
EXCUSES: dict[ExcuseKind, Any] = {
    ExcuseKind.LEAVE: _l("leave"),
    ExcuseKind.ORDER: _l("re-tasked by order"),
    ExcuseKind.WEATHER: _l("weather stop"),
}
EXCUSE_STATES: dict[ExcuseState, Any] = {
    ExcuseState.PROPOSED: _l("waiting for approval"),
    ExcuseState.IN_FORCE: _l("in force"),
    ExcuseState.REFUSED: _l("refused"),
}
WHYS: dict[Why, Any] = {
    Why.PRIMARY: _l("primary"),
    Why.RELIEF: _l("relief"),
    Why.COVER: _l("leave cover"),
    Why.ASSIGNER: _l("not accepted yet: who gave the post answers"),
    Why.ABOVE: _l("nobody: falls to the level above"),
    Why.NOBODY: _l("nobody, and nobody above"),
}
CERTIFICATES: dict[Certificate, Any] = {
    Certificate.VALID: _l("valid"),
    Certificate.EXPIRED: _l("expired"),
    Certificate.NONE: _l("none"),
}
ACTS: dict[Act, Any] = {
    Act.NEW: _l("added"),
    Act.CHANGED: _l("changed"),
    Act.SAME: _l("unchanged"),
}
SPANS: dict[Span, Any] = {
    Span.ASKED: _l("while it is empty"),
    Span.DAY: _l("to the end of the day"),
    Span.THREE: _l("three days"),
    Span.WEEK: _l("a week"),
    Span.OPEN: _l("until further notice"),
}
POST_ACTS: dict[str, Any] = {
    "post.assigned": _l("given"),
    "post.accepted": _l("accepted"),
    "post.served": _l("served in writing"),
    "post.ended": _l("ended"),
    "post.followed": _l("passed on with a change of the grid"),
    "post.recorded": _l("taken over from a list"),
}
POST_STATES: dict[PostState, Any] = {
    PostState.WAITING: _l("not accepted"),
    PostState.IN_FORCE: _l("in force"),
    PostState.AHEAD: _l("begins later"),
    PostState.OVER: _l("over"),
}
COLUMNS: dict[str, Any] = {
    "login": _l("account"),
    "name": _l("name"),
    "identity": _l("identity"),
    "phone": _l("phone"),
    "certificate": _l("certificate number"),
    "certificate_until": _l("certificate valid until"),
    "unit": _l("handling unit"),
    "password": _l("first password"),
    "role": _l("post as"),
    "grid": _l("grid code"),
    "kind": _l("kind of post"),
    "starts": _l("from"),
    "ends": _l("until"),
    "assigned_by": _l("given by"),
    "accepted": _l("accepted on"),
}
FAULTS: dict[str, Any] = {
    "cell-too-long": _l("too long"),
    "cell-too-short": _l("too short"),
    "cell-is-formula": _l("looks like a formula; write plain text"),
    "cell-has-control-characters": _l("holds invisible control characters"),
    "cell-missing": _l("is empty and must not be"),
    "cell-unknown-word": _l("is none of the words known here"),
    "cell-not-a-date": _l("is no date; write 2026-11-06 or 2026-11-06 08:30"),
    "cell-unfit": _l("does not have the form asked for"),
    "row-repeats": _l("stands in the file twice"),
    "unknown-person": _l("no such account"),
    "unknown-grid": _l("no grid has this code"),
    "unknown-unit": _l("no handling unit has this code"),
    "ends-before-it-begins": _l("ends before it begins"),
    "password-common": _l("is among the passwords tried first; choose another"),
    "password-guessable": _l("is made of names a stranger would try; choose another"),
}
REFUSALS: dict[str, Any] = {
    "sign-in-wrong": _l("Account and password do not belong together."),
    "sign-in-wait": _l(
        "Too many wrong passwords. Try again in %(minutes)s min, or ask your administrator."
    ),
    "sign-in-busy": _l("Many people are signing in at this moment. Try again in a little while."),
    "password-wrong": _l("That is not your present password."),
    "password-length": _l("A password has %(least)s to %(most)s characters."),
    "password-common": _l("This password is among those tried first. Choose another."),
    "password-guessable": _l(
        "This password is made of names a stranger would try. Choose another."
    ),
    "person-is-oneself": _l("You cannot shut yourself out; another administrator can."),
    "person-unknown": _l("Nobody has the account %(login)s."),
    "person-not-led": _l(
        "%(login)s has accepted no post in your grids. A leader above you both or the "
        "administrator can give this post."
    ),
    "post-in-the-past": _l("A post begins now or later; the past is not rewritten."),
    "ends-before-it-begins": _l("The end lies before the beginning."),
    "post-held-already": _l("%(name)s holds this post already in that time."),
    "post-not-yours-to-give": _l("You give posts on levels below your own only."),
    "post-is-over": _l("This post is over."),
    "served-without-paper": _l("Give the number of the paper that was served."),
    "stop-for-nobody": _l("Nobody walks in that grid in that time."),
    "excuse-too-long": _l("An entry covers a year at most."),
    "excuse-ruled-already": _l("This entry has been decided already."),
    "excuse-gains": _l(
        "Whoever gains by a late entry cannot approve it: "
        "the person, who entered it, and the next level above."
    ),
    "sheet-too-large": _l("The file is larger than 20 MB."),
    "sheet-empty": _l("The file holds no rows."),
    "sheet-lacks-columns": _l("The file lacks these columns: %(columns)s."),
    "sheet-repeats-columns": _l("These columns stand in the file twice: %(columns)s."),
    "sheet-too-many-rows": _l("The file has more than %(most)s rows; split it."),
    "sheet-too-wide": _l("The file has more than %(most)s columns."),
    "sheet-unreadable": _l("This is no table that can be read. Save it as XLSX or CSV again."),
    "sheet-hostile": _l("This file is built to harm and was not opened."),
    "import-faulty": _l("Nothing was stored: %(count)s rows have faults."),
}
NOTICES: dict[str, Any] = {
    "post.assigned": _l("You are given a post: %(role)s, %(grid)s. Accept it, so that it binds."),
    "excuse.approved": _l("Your entry %(document)s is approved."),
    "excuse.refused": _l("Your entry %(document)s is not approved."),
}


def level(role: Role, tier: int | None, street: int) -> Any:
    """What a level of a chain is called; heads by their tier (`street` is the tier of streets)."""
    height = street + 2 - tier if tier is not None else None
    if role is Role.HEAD and height is not None and 0 <= height < len(HEADS):
        return HEADS[height]
    return ROLES[role]
