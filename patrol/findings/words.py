"""Findings in words: severity, source, stage, acts to stop, proofs, refusals."""

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.findings.rules import (
    Evidence,
    Proof,
    Severity,
    Source,
    Stage,
    StopKind,
    StopOutcome,
    Weight,
)

REFUSALS: dict[str, Any] = {
    "class-unknown": _l("This class was not in force then. Choose one of those offered."),
    "condition-unknown": _l("This class has no such filing condition."),
    "place-outside": _l("No cell lies at this place. Move the pin into the area of the grids."),
    "source-not-yours": _l("Your post does not record findings from this source."),
    "round-unknown": _l("This is no round of yours."),
    "since-later": _l("This must lie before the moment it was seen."),
    "finding-known": _l("Another record already has this number. Send it as a new one."),
    "finding-joined": _l("It has been joined to another finding, which goes on for both."),
    "finding-ended": _l("It has ended already."),
    "certificate-needed": _l(
        "An order needs an enforcement certificate that is valid today. Advise, or report."
    ),
    "stop-before-seen": _l(
        "This act would lie before the violation was seen. Set the phone's clock right, and record"
        " the act again."
    ),
    "join-self": _l("A finding cannot be joined to itself."),
    "join-class": _l("Only findings of the same class can be one."),
}

SEVERITY: dict[Severity, Any] = {
    Severity.ORDINARY: _l("ordinary case"),
    Severity.SERIOUS: _l("serious case"),
    Severity.GRAVE: _l("grave case"),
}
SEVERITY_TONE = {Severity.ORDINARY: "off", Severity.SERIOUS: "soon", Severity.GRAVE: "bad"}

SOURCE: dict[Source, Any] = {
    Source.PATROL: _l("found on patrol"),
    Source.INSPECTION: _l("unannounced check"),
    Source.PUBLIC: _l("told by a citizen"),
    Source.HOTLINE: _l("told by the hotline"),
    Source.SOCIAL_GRID: _l("told by the social-management grid"),
}

STAGE: dict[Stage, Any] = {
    Stage.RECEIVED: _l("to be accepted"),
    Stage.VERIFYING: _l("to be verified"),
    Stage.FILING: _l("to be filed"),
    Stage.DISPATCHING: _l("to be dispatched"),
    Stage.HANDLING: _l("to be handled"),
    Stage.HUNG: _l("hung up"),
    Stage.CHECKING: _l("to be checked"),
    Stage.CLOSING: _l("to be closed"),
    Stage.CLOSED: _l("case closed"),
    Stage.VOID: _l("void"),
    Stage.DECLINED: _l("not filed"),
}
STAGE_TONE = {
    **dict.fromkeys(Stage, "info"),
    Stage.HUNG: "off",
    Stage.CLOSED: "ok",
    Stage.VOID: "off",
    Stage.DECLINED: "off",
}

STOP: dict[StopKind, Any] = {
    StopKind.ADVISED: _l("advised to stop"),
    StopKind.ORDERED: _l("ordered to stop"),
    StopKind.REPORTED: _l("reported upwards"),
}

OUTCOME: dict[StopOutcome, Any] = {
    StopOutcome.STOPPED: _l("has stopped"),
    StopOutcome.REFUSED: _l("refuses to stop"),
    StopOutcome.ABSENT: _l("party not on site"),
}
OUTCOME_TONE = {
    StopOutcome.STOPPED: "ok",
    StopOutcome.REFUSED: "bad",
    StopOutcome.ABSENT: "soon",
}

PROOF: dict[Proof, Any] = {
    Proof.ABSENCE: _l("was not there"),
    Proof.PRESENCE: _l("was there"),
}

WEIGHT: dict[Weight, Any] = {
    Weight.COUNTS: _l("counts as proof"),
    Weight.OWN_WORD: _l("own word only, nothing else supports it"),
    Weight.CONTRADICTS: _l("records contradict: dated after a proof that it was there"),
    Weight.WEAK_GRADE: _l("no proof: position or stay not shown"),
    Weight.TOO_FAR: _l("no proof: more than 30 m from the spot"),
}
WEIGHT_TONE = {
    Weight.COUNTS: "ok",
    Weight.OWN_WORD: "soon",
    Weight.CONTRADICTS: "bad",
    Weight.WEAK_GRADE: "off",
    Weight.TOO_FAR: "off",
}

SHOW: dict[str, Any] = {
    "open": _l("Unresolved"),
    "overdue": _l("Over the limit"),
    "mine": _l("Recorded by me"),
    "closed": _l("Ended"),
    "all": _l("All findings"),
}


def class_name(card: Any) -> str:
    """The name of a class in the reader's language, Chinese where no other is known."""
    named = next((one for one in ("class_name", "kind") if hasattr(card, f"{one}_en")), "name")
    name, english = getattr(card, named), getattr(card, f"{named}_en", "")
    locale = get_locale()
    return str(english if english and locale is not None and locale.language == "en" else name)


def evidence_words(piece: Evidence) -> str:
    """What a piece of evidence is."""
    match piece.id.partition(":")[0]:
        case "clear_note":
            if piece.distance is None:
                return str(_("looked, nothing found"))
            return str(_("looked, nothing found, %(count)s m away", count=round(piece.distance)))
        case "finding":
            return str(_("recorded as a finding"))
        case "photo":
            return str(_("photo of earlier"))
    return piece.id
