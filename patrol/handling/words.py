"""The procedure in words: its steps, what they ask for, and why one is refused."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.handling.rules import Hand, Move

REFUSALS: dict[str, Any] = {
    "step-stale": _l("Somebody took a step meanwhile. Look at where it stands now."),
    "step-not-open": _l("This step does not follow from where it stands."),
    "unit-missing": _l("Choose the unit it is given to."),
    "reason-missing": _l("Say why; without a reason this step cannot be taken."),
    "proof-missing": _l("A photo of afterwards is needed first."),
    "fixer-verifies": _l("Who put it right does not verify it. Somebody else has to."),
    "extension-overdue": _l("The limit has run out; it can be extended only before."),
    "extension-used-up": _l("It has been extended twice already."),
    "hang-used-up": _l("It has been hung up once already."),
}

MOVE: dict[Move, Any] = {
    Move.ACCEPT: _l("Accept the report"),
    Move.CONFIRM: _l("Confirm: it is there"),
    Move.FILE: _l("File the case"),
    Move.DISPATCH: _l("Dispatch to a unit"),
    Move.REMEDY: _l("Done: it is put right"),
    Move.PASS: _l("Check passed"),
    Move.CLOSE: _l("Close as remedied"),
    Move.CLOSE_UNREMEDIED: _l("Close without remedy"),
    Move.RETURN: _l("Return one step"),
    Move.REWORK: _l("Not right yet: rework"),
    Move.EXTEND: _l("Extend the limit"),
    Move.HANG: _l("Hang up, the clock stands"),
    Move.RESUME: _l("Take up again"),
    Move.VOID: _l("Void it"),
    Move.DECLINE: _l("Do not file"),
    Move.REOPEN: _l("Reopen"),
}
DONE: dict[str, Any] = {
    "accept": _l("report accepted"),
    "confirm": _l("verified on site"),
    "file": _l("case filed"),
    "dispatch": _l("dispatched"),
    "remedy": _l("put right"),
    "pass": _l("check passed"),
    "close": _l("closed as remedied"),
    "close_unremedied": _l("closed without remedy"),
    "return": _l("returned"),
    "rework": _l("sent back for rework"),
    "extend": _l("limit extended"),
    "hang": _l("put on hold"),
    "resume": _l("taken up again"),
    "void": _l("voided"),
    "decline": _l("not filed"),
    "reopen": _l("reopened"),
}

HAND: dict[Hand, Any] = {
    Hand.DESK: _l("dispatch desk"),
    Hand.FIELD: _l("whoever checks on site"),
    Hand.UNIT: _l("handling unit"),
}
