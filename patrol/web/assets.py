"""Static files: made small and hashed at set-up, served compressed and cached for ever.

One hash covers the whole tree and stands in front of every path (`/static/<hash>/js/app.js`), so
modules and style sheets go on naming each other by relative path.
"""

import gzip
import json
import posixpath
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request
from markupsafe import Markup

from patrol.paths import CHECKOUT, STATIC

DIST = STATIC / "dist"
VENDOR = STATIC / "vendor"
PLAIN = "plain"  # stands for the hash where nothing was built or sources changed since
TAKEN = {  # from node_modules, as `static/vendor/…`
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "leaflet/dist/leaflet-src.esm.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/images": "leaflet/images",
    "qr/decode.js": "qr/decode.js",
    "qr/index.js": "qr/index.js",
}
SMALL = {  # minified already; a second time they pack worse
    f"vendor/{name}" for origin, name in TAKEN.items() if origin.endswith(".min.js")
}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
PACKED = (".css", ".js", ".json", ".svg")
YEAR = 31_536_000
# What a module names at its top; what it imports later, by `import(…)`, is left out.
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")


@dataclass(frozen=True)
class Shelf:
    """Where files are served from, under which version, and which there are."""

    folder: Path
    version: str
    names: tuple[str, ...]


@cache
def shelf() -> Shelf:
    """What set-up built, if it still fits its sources; else the sources as they are."""
    listing = DIST / "manifest.json"
    if listing.is_file():
        made = json.loads(listing.read_text())
        if CHECKOUT is None or made["sources"] == _digest(STATIC, _sources()):
            return Shelf(DIST, made["version"], tuple(made["names"]))
    return Shelf(STATIC, PLAIN, tuple(_sources()))


def asset_url(name: str) -> str:
    """The address of a static file, named as in `static/` (`js/app.js`)."""
    return f"/static/{shelf().version}/{name}"


def asset_urls(*suffixes: str) -> list[str]:
    """The addresses of all our files with these endings; what a phone keeps for offline."""
    return [asset_url(name) for name in shelf().names if name.endswith(suffixes)]


@cache
def _named(name: str) -> tuple[str, ...]:
    """A module and all it names at its top, down to the last, each once."""
    found, rest = [name], [name]
    while rest:
        module = Path(rest.pop())
        for path in IMPORT.findall((shelf().folder / module).read_text()):
            other = posixpath.normpath((module.parent / path).as_posix())
            if other not in found:
                found.append(other)
                rest.append(other)
    return tuple(found)


def ahead(*names: str) -> Markup:
    """Links that have modules and all they import asked for at once, not one after another."""
    modules = dict.fromkeys(chain.from_iterable(map(_named, names)))
    link = Markup('<link rel="modulepreload" href="{}">')
    return Markup("\n").join(link.format(asset_url(name)) for name in modules)


def asset_version() -> str:
    """Changes whenever any static file does."""
    return shelf().version


def init_app(app: Flask) -> None:
    """Serve `/static/…` (endpoint `static`) and let templates call `asset_url` and its like."""
    app.add_url_rule("/static/<version>/<path:name>", "static", serve)
    app.jinja_env.globals.update(
        asset_url=asset_url,
        asset_urls=asset_urls,
        asset_version=asset_version,
        ahead=ahead,
    )


def serve(version: str, name: str) -> Response:
    """One static file, as small as the reader can take it."""
    kept = shelf()
    if Path(name).suffix not in TYPES or not _offered(kept, name):
        abort(404)
    coding, ending = _coding(kept.folder / name)
    content = (kept.folder / f"{name}{ending}").read_bytes()
    answer = Response(content, content_type=TYPES[Path(name).suffix])
    if coding:
        answer.content_encoding = coding
    answer.add_etag()
    answer.headers["Vary"] = "Accept-Encoding"
    lasting = version == kept.version != PLAIN
    answer.headers["Cache-Control"] = (
        f"public, max-age={YEAR}, immutable" if lasting else "no-cache"
    )
    return answer


def build() -> None:
    """Copy third-party files from `node_modules`, minify, compress and hash the whole tree."""
    if CHECKOUT is None:
        raise SystemExit("Static files are built in a checkout; a wheel carries them built.")
    _take(CHECKOUT / "node_modules")
    names = list(_sources())
    fresh = STATIC / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for name in names:
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(STATIC / name, fresh / name)
    large = [name for name in names if name.endswith((".js", ".css")) and name not in SMALL]
    _minify(STATIC, fresh, large)
    version = _digest(fresh, names)[:12]
    for name in names:
        if name.endswith(PACKED):
            _pack(fresh / name)
    made = {"version": version, "sources": _digest(STATIC, names), "names": names}
    (fresh / "manifest.json").write_text(json.dumps(made, indent=1))
    shutil.rmtree(DIST, ignore_errors=True)
    fresh.rename(DIST)
    shelf.cache_clear()
    _named.cache_clear()


def _offered(kept: Shelf, name: str) -> bool:
    """Whether the shelf holds this name; a checkout may have grown files since it was read."""
    if kept.version == PLAIN:
        return name in _sources()
    return name in kept.names


def _coding(path: Path) -> tuple[str, str]:
    """The coding of the smallest copy the reader accepts and its ending, or two blanks."""
    for coding, ending in (("br", ".br"), ("gzip", ".gz")):
        if request.accept_encodings[coding] > 0 and path.with_name(path.name + ending).is_file():
            return coding, ending
    return "", ""


def _sources() -> tuple[str, ...]:
    """Every file of `static/` that people get, by its path there."""
    files = (path for path in STATIC.rglob("*") if path.suffix in TYPES and path.is_file())
    names = (path.relative_to(STATIC).as_posix() for path in files)
    return tuple(sorted(name for name in names if not name.startswith("dist")))


def _digest(folder: Path, names: list[str] | tuple[str, ...]) -> str:
    whole = sha256()
    for name in names:
        whole.update(f"{name}\0{sha256((folder / name).read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _take(packages: Path) -> None:
    for origin, name in TAKEN.items():
        source, target = packages / origin, VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def _minify(sources: Path, target: Path, names: list[str]) -> None:
    """Each file by itself: modules stay modules; style sheets swallow what they import."""
    esbuild = sources.parent / "node_modules" / "esbuild" / "bin" / "esbuild"
    common = ["--minify", f"--outbase={sources}", f"--outdir={target}", "--allow-overwrite",
              "--log-level=warning", "--target=es2022", "--legal-comments=inline"]  # fmt: skip
    styles = ["--bundle", *(f"--external:*{ending}" for ending in (".svg", ".png", ".woff2"))]
    for ending, options in ((".js", []), (".css", styles)):
        chosen = [str(sources / name) for name in names if name.endswith(ending)]
        if chosen:
            node = Path(sys.executable).with_name("node")
            subprocess.run([node, esbuild, *chosen, *common, *options], check=True)  # noqa: S603


def _pack(path: Path) -> None:
    """Put `.br` and `.gz` beside a file where they are smaller than it."""
    plain = path.read_bytes()
    copies = {"br": brotli.compress(plain, quality=11), "gz": gzip.compress(plain, 9, mtime=0)}
    for ending, copy in copies.items():
        if len(copy) < len(plain):
            path.with_name(f"{path.name}.{ending}").write_bytes(copy)


if __name__ == "__main__":
    build()
