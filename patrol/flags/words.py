"""Questions in words: what stands out, its figures, and what somebody made of it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.flags.rules import Kind, Pace, Verdict

KINDS: dict[Kind, Any] = {
    Kind.TOO_FAST: _l("Faster than one goes"),
    Kind.TELEPORT: _l("From one place to another at once"),
    Kind.FROZEN: _l("A position that does not stir"),
    Kind.TOO_SMOOTH: _l("A track as if drawn with a ruler"),
    Kind.SEEN_BEFORE: _l("The track of another round"),
    Kind.CLOCK: _l("The phone's clock is off"),
    Kind.SHARED_PHONE: _l("One phone, several people, or one person, many phones"),
    Kind.SAME_WORDS: _l("The same words again and again"),
}
HARMLESS: dict[Kind, Any] = {
    Kind.TOO_FAST: _l("A lift in a car, or a mode that was not changed, does this too."),
    Kind.TELEPORT: _l("A receiver that finds itself again does this too."),
    Kind.FROZEN: _l("A phone at rest indoors does this too."),
    Kind.TOO_SMOOTH: _l("A phone that puts its positions on the street map does this too."),
    Kind.SEEN_BEFORE: _l("A file added to two rounds does this too."),
    Kind.CLOCK: _l("A clock that nobody set right does this too."),
    Kind.SHARED_PHONE: _l("A phone lent for an hour does this too."),
    Kind.SAME_WORDS: _l("A place where the same thing happens every day does this too."),
}
VERDICTS: dict[Verdict, tuple[Any, str]] = {
    Verdict.EXPLAINED: (_l("explained"), "ok"),
    Verdict.FAULT: (_l("fault of phone or app"), "info"),
    Verdict.OPEN: (_l("looked at, not explained"), "off"),
}
PACES: dict[Pace, Any] = {
    Pace.FOOT: _l("on foot"),
    Pace.BIKE: _l("by bike"),
    Pace.CAR: _l("by car"),
}
FIGURES: dict[str, Any] = {
    "speed": _l("%(value)s m/s held for a minute"),
    "metres": _l("%(value)s m away"),
    "fixes": _l("%(value)s positions alike to the last digit"),
    "seconds": _l("%(value)s s without a metre of wander"),
    "share": _l("%(value)s %% of its steps are those of another round"),
    "ahead": _l("%(value)s s ahead of ours"),
    "back": _l("set back by %(value)s s during the round"),
    "behind": _l("every act %(value)s s late, all alike"),
    "people": _l("%(value)s people sent from this phone during the round"),
    "phones": _l("sent from %(value)s phones"),
    "times": _l("written %(value)s times in 30 days"),
}
NOTICES: dict[str, Any] = {
    "flag.raised": _l("The records of a round of yours raise a question. You may answer it."),
    "flag.settled": _l("Somebody looked at the question about a round of yours."),
}
PAGES: dict[str, tuple[str, str]] = {"flag": ("flags.show", "flag_id")}
REFUSALS: dict[str, Any] = {
    "flag-own": _l("Nobody settles a question about an own round."),
    "flag-settled": _l("Somebody has looked at this question already."),
}


def figures(kind: Kind, facts: Mapping[str, Any]) -> list[str]:
    """The figures behind a question, as short sentences."""
    told = [
        str(FIGURES[name]) % {"value": round(100 * value) if name == "share" else value}
        for name, value in facts.items()
        if name in FIGURES and not (kind is Kind.TELEPORT and name == "speed")
    ]
    if kind is Kind.TELEPORT:
        told.insert(0, _("%(value)s m/s from one position to the next", value=facts["speed"]))
    if "pace" in facts:
        told.append(
            _("%(pace)s: up to %(limit)s m/s", pace=PACES[facts["pace"]], limit=facts["limit"])
        )
    return [*told, f"“{facts['words']}”"] if "words" in facts else told
