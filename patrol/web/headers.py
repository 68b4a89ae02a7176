"""What every answer says to the browser, and which foreign requests are turned away."""

from urllib.parse import urlsplit

import brotli
from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from patrol.config import Settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{}; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Patrol", "1"),  # by which a phone tells our answers from those of a portal
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()"),
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LEAST = 600  # bytes under which compressing is not worth it
QUALITY = 1  # of brotli: a tenth larger than 4 on our pages, for a third of the time


def init_app(app: Flask, settings: Settings, *, pictures: str | None = None) -> None:
    """Turn away writes from other sites; put the headers on every answer and compress it.

    `pictures` is the one foreign origin that maps may load tiles from.
    """
    policy = CSP.format(f" {pictures}" if pictures else "")
    always = (("Content-Security-Policy", policy), *ALWAYS)
    app.config.update(
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        MAX_FORM_PARTS=500,
    )
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    @app.before_request
    def from_here() -> None:
        if request.method not in SAFE and not _is_ours(settings.origin):
            abort(403)
        if "\x00" in request.path or any("\x00" in one for one in request.args.values()):
            abort(400)

    @app.after_request
    def finish(response: Response) -> Response:
        own = {name.lower() for name, _ in response.headers}
        response.headers.extend(told for told in always if told[0].lower() not in own)
        if request.is_secure:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
            )
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-cache, private"
        return _compressed(response)


def _is_ours(origin: str | None) -> bool:
    """Whether a write comes from our own pages, as the browser itself says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    told = request.headers.get("Origin")
    if told is None:
        return False
    return told == origin or urlsplit(told).netloc == request.host


def _compressed(response: Response) -> Response:
    if (
        response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or "br" not in request.headers.get("Accept-Encoding", "")
        or not (response.mimetype or "").startswith(("text/", "application/"))
    ):
        return response
    body = response.get_data()
    if len(body) < LEAST:
        return response
    response.set_data(brotli.compress(body, quality=QUALITY))
    response.headers["Content-Encoding"] = "br"
    response.vary.add("Accept-Encoding")
    return response
