"""Phones in words: what came from one, why one is not taken in, why another's record is not."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l

REFUSALS: dict[str, Any] = {
    "device-proof": _l("The phone could not show that it holds the key it names."),
    "device-known": _l("This phone's number belongs to another key, or was struck off."),
    "carry-not-led": _l("Only a leader of its author may bring a record for somebody else."),
    "carry-unsigned": _l(
        "It does not bear the signature of a phone its author signed in on, so it can only be "
        "brought by its author."
    ),
}

ARRIVALS: tuple[tuple[str, Any], ...] = (  # the address it was sent to, what it is
    (r"/findings", _l("Finding")),
    (r"/findings/[^/]+/stops", _l("Act to stop it")),
    (r"/findings/.+", _l("Step of a finding")),
    (r"/rounds", _l("Round started")),
    (r"/rounds/(pauses|resumptions|changes)", _l("Pause, resumption or crew")),
    (r"/rounds/ends", _l("Round ended")),
    (r"/rounds/visits", _l("Visit")),
    (r"/rounds/clear-notes", _l("Looked, nothing found")),
    (r"/rounds/tracks", _l("Track points")),
    (r"/checks", _l("Unannounced check")),
)


def arrival(address: str) -> Any:
    """What a record is, by the address it was sent to."""
    return next((said for form, said in ARRIVALS if re.fullmatch(form, address)), _l("Record"))
