"""The particulars of one piece of evidence in words."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.people.words import EXCUSES, KINDS, ROLES
from patrol.plans.words import NEED
from patrol.tracing.evidence import Piece
from patrol.tracing.rules import Account, Span
from patrol.web.filters import moment

SPANS: dict[Span, Any] = {
    Span.SPANS: _l("spans a window"),
    Span.MAY_SPAN: _l("may span a window"),
    Span.DOES_NOT_SPAN: _l("does not span a window"),
}
ACCOUNTS: dict[Account, tuple[Any, str]] = {
    Account.PATROLLED: (_l("window patrolled"), "ok"),
    Account.MISSED: (_l("window missed"), "bad"),
    Account.EXCUSED: (_l("window excused"), "off"),
    Account.NOBODY: (_l("nobody's window"), "never"),
    Account.UNKNOWN: (_l("cannot be found out"), "never"),
}
EVIDENCE: dict[str, Any] = {
    "visit": _l("Visit"),
    "clear_note": _l("Note: nothing found"),
    "finding": _l("Finding"),
    "plan": _l("Plan"),
    "post": _l("Post"),
    "excuse": _l("Excuse"),
    "window": _l("Window"),
    "climb": _l("Climb"),
    "notice": _l("Notice"),
    "step": _l("Step"),
    "stopping": _l("Act to stop"),
    "clock_stop": _l("Clock stop"),
    "photo": _l("Photo"),
    "ledger": _l("Ledger entry"),
}
FACTS: dict[str, Any] = {
    "by": _l("Who"),
    "told": _l("Told"),
    "answers": _l("Who answers"),
    "held_by": _l("Held by"),
    "held_from": _l("Held from"),
    "seen_at": _l("Happened"),
    "made_at": _l("Written down"),
    "received_at": _l("Received"),
    "recorded_at": _l("Recorded"),
    "recorded_by": _l("Recorded by"),
    "approved_by": _l("Approved by"),
    "approved_at": _l("Approved"),
    "accepted_at": _l("Accepted"),
    "served_at": _l("Served"),
    "assigned_by": _l("Given by"),
    "due_at": _l("Was due"),
    "delivered_at": _l("Delivered"),
    "read_at": _l("Was read"),
    "acknowledged_at": _l("Acknowledged"),
    "acted_at": _l("Acted"),
    "until": _l("Patience until"),
    "at": _l("When"),
    "grade": _l("Proof"),
    "accuracy": _l("Accuracy, m"),
    "in_cell_m": _l("In the cell, m"),
    "in_cell_s": _l("In the cell, s"),
    "topic": _l("Topic"),
    "number": _l("Number"),
    "source": _l("Came from"),
    "remark": _l("Remark"),
    "plan": _l("Plan"),
    "version": _l("Version"),
    "valid_from": _l("From"),
    "valid_to": _l("To"),
    "published_by": _l("Published by"),
    "published_at": _l("Published"),
    "floor_signed_by": _l("Signed for by"),
    "signed_for": _l("Signed for"),
    "floor_reason": _l("Reason"),
    "end_signed_by": _l("End signed for by"),
    "end_reason": _l("Reason for the end"),
    "role": _l("Post as"),
    "post_kind": _l("Kind of post"),
    "excuse": _l("Kind"),
    "document": _l("Paper"),
    "stop_kind": _l("Measure taken"),
    "outcome": _l("Came to"),
    "certificate": _l("Certificate number"),
    "move": _l("Step"),
    "act": _l("Measure taken"),
    "seal": _l("Seal"),
    "account": _l("Comes to"),
    "span": _l("Span"),
    "closes": _l("Window closed"),
    "shows": _l("Shows"),
}
VALUES: dict[tuple[str, str], Any] = {
    **{("role", one.value): word for one, word in ROLES.items()},
    **{("post_kind", one.value): word for one, word in KINDS.items()},
    **{("excuse", one.value): word for one, word in EXCUSES.items()},
    **{("account", one.value): pair[0] for one, pair in ACCOUNTS.items()},
    **{("span", one.value): word for one, word in SPANS.items()},
    **{("signed_for", one.value): word for one, word in NEED.items()},
    ("shows", "absence"): _l("that it was not there"),
    ("shows", "presence"): _l("that it was there"),
    ("source", "patrol"): _l("patrol"),
    ("source", "inspection"): _l("unannounced check"),
    ("source", "public"): _l("the public"),
    ("source", "hotline"): _l("hotline"),
    ("source", "social_grid"): _l("social-management grid"),
    ("stop_kind", "advised"): _l("advised"),
    ("stop_kind", "ordered"): _l("ordered"),
    ("stop_kind", "reported"): _l("reported upwards"),
    ("outcome", "stopped"): _l("was stopped"),
    ("outcome", "refused"): _l("refused to stop"),
    ("outcome", "absent"): _l("party not there"),
}


def evidence_name(kind: str) -> str:
    """What a piece of evidence is called."""
    return str(EVIDENCE.get(kind, _("Record")))


def particulars(piece: Piece) -> list[tuple[str, Any]]:
    """The facts of a piece of evidence: what each is called, and its value for a reader."""
    told = []
    for code, value in piece.facts:
        said = VALUES.get((code, value), value) if isinstance(value, str) else value
        told.append((str(FACTS[code]), moment(said) if isinstance(said, datetime) else said))
    return told
