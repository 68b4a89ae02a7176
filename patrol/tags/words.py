"""Why a tag does not count, in sentences."""

from typing import Any

from flask_babel import lazy_gettext as _l

REFUSALS: dict[str, Any] = {
    "tag-unreadable": _l(
        "This is no tag of this site. Hold the phone so that the code fills the frame."
    ),
    "tag-revoked": _l(
        "The tag of cell %(cell)s no longer counts. Check in by position; tell your squad leader."
    ),
}
