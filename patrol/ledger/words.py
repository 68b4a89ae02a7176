"""The acts of the ledger in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

FAULTS: dict[str, Any] = {
    "gap": _l("An entry is missing or its number was changed."),
    "chain": _l("The entry does not follow the one before it."),
    "hash": _l("The entry was changed after it was sealed."),
    "payload": _l("The particulars are not those the entry was sealed with."),
    "mark": _l("The entry is no longer the one that was read before: the ledger was rewritten."),
    "head": _l("The end of the ledger was cut off, or lines were added."),
}
