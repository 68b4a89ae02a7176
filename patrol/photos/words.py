"""Photos in words: what they show, where they came from, why one is refused."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.photos.rules import Origin, View

REFUSALS: dict[str, Any] = {
    "photo-empty": _l("The file is empty. Take the photo again."),
    "photo-too-large": _l("The photo is larger than 12 MB. Take it again with a smaller size."),
    "photo-format": _l("Only JPEG, PNG and WebP photos are taken. Save it as one of these."),
    "photo-digest": _l("The photo arrived damaged. It will be sent again."),
    "photo-pixels": _l("The picture is larger than 50 megapixels. Take it again, smaller."),
    "photo-frames": _l("This is a moving picture. Send a still photo."),
    "photo-broken": _l("The photo cannot be read. Take it again."),
    "photo-announcement": _l("The note about a photo cannot be read. Take the photo again."),
    "photo-known": _l("This photo belongs to another record already."),
    "photo-unannounced": _l("No record of yours speaks of this photo."),
    "photo-other": _l("These are other bytes than the record announced."),
}

VIEW: dict[View, Any] = {
    View.NEAR: _l("close up"),
    View.FAR: _l("from afar"),
    View.AFTER: _l("afterwards"),
}

ORIGIN: dict[Origin, Any] = {
    Origin.CAMERA: _l("taken in the app"),
    Origin.ALBUM: _l("from the album"),
}
