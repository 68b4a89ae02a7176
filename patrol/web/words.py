"""Merges each locale's catalogues, one a slice, into the single file that Babel reads."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from patrol.paths import CHECKOUT, TRANSLATIONS

LOCALES = ("zh_Hans_CN", "en")


def compile_catalogues(*, everything: bool = False) -> None:
    """Write `messages.mo` for every locale where it is missing or older than its sources.

    `everything` writes them all, stale or not. Where two slices translate the same words
    differently the first by name wins; `quarrels` tells of it. A wheel carries them written.
    """
    if CHECKOUT is None:
        return
    for locale in LOCALES:
        target = TRANSLATIONS / locale / "LC_MESSAGES" / "messages.mo"
        if everything or _stale(target, locale):
            written = BytesIO()
            write_mo(written, merged(locale))
            _replace(target, written.getvalue())


def merged(locale: str) -> Catalog:
    """All translations of a locale in one catalogue."""
    whole = Catalog(locale=locale, charset="utf-8", fuzzy=False)
    for _, message in _messages(locale):
        if whole.get(_id(message), message.context) is None:
            whole[message.id] = message
    return whole


def quarrels(locale: str) -> list[str]:
    """The words that two catalogues of a locale translate differently, with both files."""
    seen: dict[tuple[object, object], tuple[Path, Message]] = {}
    found = []
    for path, message in _messages(locale):
        other, first = seen.setdefault((_id(message), message.context), (path, message))
        if first.string != message.string:
            said = f"{other.name} {first.string!r}, {path.name} {message.string!r}"
            found.append(f"{_id(message)!r}: {said}")
    return found


def _messages(locale: str) -> Iterator[tuple[Path, Message]]:
    for path in sorted((TRANSLATIONS / locale).glob("*.po")):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=locale, abort_invalid=True)
        yield from ((path, message) for message in catalogue if message.id and message.string)


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _stale(target: Path, locale: str) -> bool:
    folder = TRANSLATIONS / locale
    sources = [path for path in (folder, *folder.glob("*.po")) if path.exists()]
    newest = max((path.stat().st_mtime_ns for path in sources), default=0)
    return not target.exists() or target.stat().st_mtime_ns < newest


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, delete=False) as fresh:
        fresh.write(content)
    Path(fresh.name).chmod(0o644)
    Path(fresh.name).replace(target)


if __name__ == "__main__":
    compile_catalogues(everything=True)
    for quarrel in (told for locale in LOCALES for told in quarrels(locale)):
        sys.stderr.write(f"two slices differ: {quarrel}\n")
