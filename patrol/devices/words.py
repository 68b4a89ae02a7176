"""Phones in words: why one is not taken in, and why another's record is not."""

from typing import Any

from flask_babel import lazy_gettext as _l

REFUSALS: dict[str, Any] = {
    "device-proof": _l("The phone could not show that it holds the key it names."),
    "device-known": _l("This phone's number belongs to another key, or was struck off."),
    "carry-not-led": _l("Only a leader of its author may bring a record for somebody else."),
    "carry-unsigned": _l(
        "It does not bear the signature of the phone it was made on, so it can only be brought "
        "by its author."
    ),
}
