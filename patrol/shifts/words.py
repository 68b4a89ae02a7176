"""Words for people: bands of the day, how handovers end, seats of a review, and refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.shifts.rules import Band, Closing, Seat

BANDS: dict[Band, Any] = {
    Band.EARLY: _l("early shift"),
    Band.LATE: _l("late shift"),
    Band.NIGHT: _l("night shift"),
    Band.DAY: _l("day shift"),
}
CLOSINGS: dict[Closing, Any] = {
    Closing.SIGNED: _l("signed by both"),
    Closing.EMPTY: _l("nothing to hand over"),
    Closing.VOID: _l("taken back"),
}
SEATS: dict[Seat, Any] = {
    Seat.INVESTIGATOR: _l("investigators (2 needed)"),
    Seat.LEGAL: _l("legal reviewer (1 needed)"),
    Seat.DECIDER: _l("decider (1 needed)"),
}
WEEKDAYS: tuple[Any, ...] = (
    _l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"),
)  # fmt: skip
REFUSALS: dict[str, Any] = {
    "shift-without-post": _l("%(name)s holds no post of yours to give that walks on those days."),
    "shift-in-the-past": _l("A shift that is over cannot be told any more."),
    "shift-clashes": _l("%(name)s has been told another shift in those hours on %(day)s."),
    "shift-is-over": _l("This shift is over or called off already."),
    "handover-signed-already": _l("You have signed this handover already."),
}
NOTICES: dict[str, Any] = {
    "shift.told": _l("You are on duty: %(band)s, %(from)s to %(to)s."),
    "shift.called-off": _l("Your shift on %(day)s is called off."),
    "handover.given": _l("%(name)s hands over to you: %(count)s findings open. Read and sign it."),
}
PAGES: dict[str, tuple[str, str]] = {"handover": ("shifts.handover", "handover_id")}
