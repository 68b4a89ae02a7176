"""Rounds in words: modes, ways of recording, reasons, refusals."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.rounds.model import FILE, FORGOTTEN, ByHandBecause, LeftBecause, Method, Mode, OpenedFor

REFUSALS: dict[str, Any] = {
    "round-not-found": _l("There is no such round of yours."),
    "plan-elsewhere": _l("This plan does not cover the grid you want to walk."),
    "crew-unknown": _l("Somebody of the crew is not known here any more."),
    "crew-elsewhere": _l(
        "%(name)s held no accepted post that walks this grid then. Choose the crew without them."
    ),
    "round-over": _l(
        "This round was over before that was written; its crew stays as it was. Start a new round."
    ),
    "cell-elsewhere": _l("This cell lies outside the grid of your round."),
    "outside-cell": _l(
        "Your position is %(metres)s m outside this cell. Go nearer, or check in by hand."
    ),
    "reason-needed": _l("Say why there is no position."),
    "backfill-needs-reason": _l("This was seen more than 10 minutes ago. Say why it comes now."),
    "backfill-too-old": _l(
        "This was seen more than 24 hours ago. It can only be told in a review's statement."
    ),
    "position-in-part": _l("The position came incomplete. Take it once more."),
    "method-not-by-hand": _l("Only the track itself makes such a visit."),
    "topic-unknown": _l("The topic %(topic)s is not known."),
    "nothing-to-confirm": _l("There is nothing to confirm here any more."),
    "violation-known": _l(
        "A violation seen here after this visit is known by now. What was seen can only be told in"
        " a review's statement."
    ),
    "own-visit": _l("Nobody confirms a visit of their own."),
    "track-not-read": _l("This cannot be read as a track. Send a GPX file."),
    "track-too-large": _l("The file is too large: at most %(most)s."),
    "track-without-points": _l("The file holds no point with a place and a time."),
    "track-elsewhen": _l("None of its points lies in the time of this round."),
    "track-too-old": _l(
        "Its points lie more than 24 hours back. What was seen then can only be told in a review's"
        " statement."
    ),
    "track-own": _l("Your own track is always open to you."),
    "opening-needs-reason": _l("Say in your own words why you need to see it."),
    "coordinate-not-a-number": _l("The position is no number."),
    "coordinates-swapped": _l("Longitude and latitude seem to be swapped."),
    "longitude-out-of-range": _l("There is no such longitude."),
    "latitude-out-of-range": _l("There is no such latitude."),
    "coordinates-zero": _l("The position is empty. Take it once more."),
}

NOTICES: dict[str, Any] = {
    "round.along": _l(
        "%(name)s says that you walk along on a round of %(grid)s. If not, tell your leader."
    ),
}
MODES: dict[Mode, Any] = {
    Mode.FOOT: _l("on foot"),
    Mode.BIKE: _l("by e-bike"),
    Mode.CAR: _l("by car"),
}
METHODS: dict[Method, Any] = {
    Method.PROPOSED: _l("checked in on the spot"),
    Method.CHECK_IN: _l("checked in"),
    Method.BY_HAND: _l("by hand"),
    Method.TRACK: _l("walked through"),
}
BY_HAND: dict[ByHandBecause, Any] = {
    ByHandBecause.NO_SIGNAL: _l("no satellite signal"),
    ByHandBecause.INDOORS: _l("indoors or underground"),
    ByHandBecause.PHONE: _l("phone failed"),
    ByHandBecause.OTHER: _l("something else"),
}
LEFT: dict[LeftBecause, Any] = {
    LeftBecause.SHIFT_OVER: _l("end of shift"),
    LeftBecause.ORDER: _l("called away by order"),
    LeftBecause.WEATHER: _l("weather"),
    LeftBecause.UNWELL: _l("unwell"),
    LeftBecause.OTHER: _l("something else"),
}
OPENED_FOR: dict[OpenedFor, Any] = {
    OpenedFor.QUESTION: _l("a question about this round"),
    OpenedFor.DOUBT: _l("a doubt or a review"),
    OpenedFor.CHECK: _l("a check of how rounds are walked"),
    OpenedFor.COMPLAINT: _l("a complaint"),
    OpenedFor.SAFETY: _l("the officer cannot be reached"),
    OpenedFor.OTHER: _l("something else"),
}


def reason(told: str) -> str:
    """A reason as it was given: the words for a code, or the officer's own."""
    codes: dict[str, Any] = {code.value: words for code, words in (*BY_HAND.items(), *LEFT.items())}
    codes |= {FORGOTTEN: _l("nobody ended it"), FILE: _l("filled in from a file")}
    return str(codes.get(told, told))


def choices(words: dict[Any, Any]) -> list[tuple[str, Any]]:
    """Codes with their words, for a form."""
    return [
        (code.value if isinstance(code, StrEnum) else code, told) for code, told in words.items()
    ]
