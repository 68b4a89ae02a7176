"""The ground under maps: none, an archive of our own, or one online source the site names."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, abort, current_app, send_file, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from patrol.config import Settings
from patrol.core.access import Actor, May
from patrol.web import archive
from patrol.web.session import requires

bp = Blueprint("basemap", __name__)
YEAR = 31_536_000
WMTS = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
)
TIANDITU = {"tianditu": ("vec", "cva"), "tianditu-img": ("img", "cia")}  # ground, then names
PLACES = {"z", "x", "y", "key"}  # what an address may leave open
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
NEAR = {"127.0.0.1", "localhost"}


@dataclass(frozen=True)
class Basemap:
    """What lies under maps, in which datum, in whose right, and under which review number."""

    datum: str
    least: int  # zooms
    most: int
    rights: str
    review: str
    addresses: tuple[str, ...] = ()  # of online tiles, one over the other
    file: Path | None = None

    @property
    def host(self) -> str | None:
        """The one foreign origin pictures come from."""
        return _origin(self.addresses[0]) if self.addresses else None

    @property
    def size(self) -> int:
        """Bytes a phone takes along; none where nothing can be."""
        try:
            return self.file.stat().st_size if self.file else 0
        except OSError:
            return 0


def read(settings: Settings) -> Basemap | None:
    """The basemap the settings name; `ValueError` names the setting that is wrong, and why."""
    named = settings.basemap.strip()
    if not named:
        _none_without(settings)
        return None
    if named in TIANDITU or "://" in named:
        return _online(settings, named)
    try:
        found = archive.examine(settings.home / named)
    except ValueError as fault:
        raise _wrong("BASEMAP", str(fault)) from None
    return Basemap(
        datum=_datum(settings),
        least=found.least,
        most=found.most,
        rights=settings.basemap_rights or found.rights,
        review=settings.basemap_review,
        file=found.path,
    )


def init_app(app: Flask, laid: Basemap | None) -> None:
    """Serve the archive, and let templates lay what there is under their maps."""
    app.extensions["patrol.basemap"] = laid
    app.jinja_env.globals.update(basemap=attributes, basemap_rights=rights)
    app.register_blueprint(bp)


def here() -> Basemap | None:
    """The basemap of this site."""
    laid: Basemap | None = current_app.extensions["patrol.basemap"]
    return laid


def address() -> str | None:
    """Where the archive is served; none without one, or while its file is gone."""
    laid = here()
    digest = laid.file and _digest(laid.file) if laid else None
    return url_for("basemap.whole", digest=digest) if digest else None


def attributes() -> Markup:
    """What an element that holds a map says of the ground under it; nothing without one."""
    laid = here()
    tiles = address() if laid and laid.file else " ".join(laid.addresses) if laid else None
    if laid is None or not tiles:
        return Markup()
    return Markup(
        ' data-tiles="{}" data-tiles-datum="{}" data-tiles-zooms="{} {}" data-rights="{}"'
    ).format(tiles, laid.datum, laid.least, laid.most, rights())


def rights() -> str:
    """Whose map it is and its review number, as it stands on the map."""
    laid = here()
    if laid is None:
        return ""
    review = _("Map review no. %(number)s", number=laid.review) if laid.review else ""
    return " · ".join(filter(None, (laid.rights, review)))


@bp.get("/basemap/<string:digest>.pmtiles")
@requires(May.BE_SIGNED_IN)
def whole(actor: Actor, digest: str) -> Response:
    """The archive, or the piece of it that is asked for; under its hash it never changes."""
    del actor
    laid = here()
    if laid is None or laid.file is None or digest != _digest(laid.file):
        abort(404)
    answer = send_file(
        laid.file, mimetype="application/vnd.pmtiles", etag=digest, last_modified=None
    )
    answer.headers["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return answer


def _digest(path: Path) -> str | None:
    """The hash of a file as it is now; none when it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _hashed(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _hashed(path: Path, changed: int, size: int) -> str:
    del changed, size  # they tell one content from the next
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:32]


def _online(settings: Settings, named: str) -> Basemap:
    ours = named in TIANDITU
    templates = [WMTS.format(layer=one) for one in TIANDITU[named]] if ours else [named]
    if not settings.basemap_review:
        raise _wrong("BASEMAP_REVIEW", "an online map shows its review number (审图号); give it")
    rights = settings.basemap_rights or ("天地图" if ours else "")
    if not rights:
        raise _wrong("BASEMAP_RIGHTS", "say whose map it is, as it shall stand on the map")
    return Basemap(
        datum="cgcs2000" if ours else _datum(settings),
        least=1,
        most=settings.basemap_zoom,
        rights=rights,
        review=settings.basemap_review,
        addresses=tuple(_address(one, settings.basemap_key) for one in templates),
    )


def _address(template: str, key: str) -> str:
    """The address with its key in place and z, x and y open; refused when pictures cannot come."""
    left_open = re.findall(r"{([^}]*)}", template)
    if {"z", "x", "y"} - set(left_open):
        raise _wrong("BASEMAP", "the address needs {z}, {x} and {y}")
    if strange := set(left_open) - PLACES:
        raise _wrong(
            "BASEMAP", f"{{{min(strange)}}} means nothing here; write one host and no variants"
        )
    if "key" in left_open and not key:
        raise _wrong("BASEMAP_KEY", "the address asks for {key}")
    _origin(template)
    if re.search(r"[\s\"'<>\\]", template):
        raise _wrong("BASEMAP", "the address holds a blank or a quote")
    return template.replace("{key}", quote(key, safe=""))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if not HOST.fullmatch(parts.netloc):
        raise _wrong("BASEMAP", f"{parts.netloc!r} is no host")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in NEAR):
        raise _wrong("BASEMAP", "only https:// may be loaded into our pages")
    return f"{parts.scheme}://{parts.netloc}"


def _datum(settings: Settings) -> str:
    if settings.basemap_datum is None:
        raise _wrong("BASEMAP_DATUM", "say wgs84, cgcs2000 or gcj02; it is never guessed")
    return settings.basemap_datum


def _none_without(settings: Settings) -> None:
    """Refuse particulars of a map nobody named."""
    for name in ("basemap_datum", "basemap_key", "basemap_review", "basemap_rights"):
        if getattr(settings, name):
            raise _wrong(name.upper(), "there is no PATROL_BASEMAP it would belong to")


def _wrong(name: str, why: str) -> ValueError:
    return ValueError(f"wrong settings: PATROL_{name}: {why}")
