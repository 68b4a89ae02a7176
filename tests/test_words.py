"""Both languages are whole: every word of the house has its Chinese, and placeholders agree."""

import importlib
from enum import StrEnum

import pytest
from babel.messages.extract import extract_from_file

from patrol.paths import PACKAGE, TEMPLATES
from patrol.web.words import LOCALES, merged, quarrels

KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def said():
    """Every message of code and templates, with where it stands."""
    for folder, method, pattern in (
        (PACKAGE, "python", "*.py"),
        (TEMPLATES, "jinja2.ext:babel_extract", "*.html"),
        (TEMPLATES, "jinja2.ext:babel_extract", "*.js"),
    ):
        options = {"silent": "false", "extensions": "jinja2.ext.do"} if folder is TEMPLATES else {}
        for path in sorted(folder.rglob(pattern)):
            for line, message, _, _ in extract_from_file(method, path, KEYWORDS, (), options):
                yield message, f"{path.relative_to(folder.parent)}:{line}"


@pytest.mark.parametrize("locale", LOCALES)
def test_slices_agree_on_their_words(locale):
    assert quarrels(locale) == []


def test_every_word_has_its_chinese():
    chinese = merged("zh_Hans_CN")
    missing = {}
    for message, place in said():
        key = message[0] if isinstance(message, tuple) else message
        known = chinese.get(key)
        if known is None or not known.string or known.fuzzy:
            missing.setdefault(key, place)

    assert [f"{place}: {key}" for key, place in missing.items()] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_keep_their_placeholders(locale):
    whole = merged(locale)
    wrong = [
        f"{message.id}: {error}"
        for message in whole
        if message.id
        for error in message.check(whole)
    ]

    assert wrong == []


UNSAID = {  # members that no page writes out from a table
    "LaneKind": "a lane is called after who or what it shows",
    "Shape": "how a mark is drawn; what it means has its own words",
    "Kind": "parts or events: a column of the import",
    "Home": "which page is shown",
    "Channel": "one so far, the inbox",
    "Mime": "names of formats",
    "Grade": "the letters A, B and C",
    "Shift": "told by the import in its own sentences",
    "Light": "components/badge.html writes them",
    "State": "components/badge.html writes them",
    "LimitUnit": "written with their amount",
}


def labelled():
    """The members of enums, and codes in words, that some slice puts into a table."""
    found = set()
    for path in sorted([*PACKAGE.glob("*/words.py"), *PACKAGE.glob("*/particulars.py")]):
        module = importlib.import_module(f"patrol.{path.parent.name}.{path.stem}")
        for table in vars(module).values():
            if isinstance(table, dict):
                found |= {
                    (type(key), key) if isinstance(key, StrEnum) else f"{path.parent.name}:{key}"
                    for key in table
                }
    return found


def enums():
    """Every enum of the house."""
    for path in sorted(PACKAGE.glob("*/*.py")):
        name = f"patrol.{path.parent.name}.{path.stem}"
        if "(StrEnum)" in path.read_text() and path.stem != "access":
            for thing in vars(importlib.import_module(name)).values():
                if (
                    isinstance(thing, type)
                    and thing.__module__ == name
                    and issubclass(thing, StrEnum)
                ):
                    yield thing


def test_every_member_of_every_enum_has_a_label():
    known = labelled()
    bare = [
        f"{kind.__module__}.{kind.__name__}.{member.name}"
        for kind in enums()
        if kind.__name__ not in UNSAID
        for member in kind
        if (kind, member) not in known
        and f"{kind.__module__.split('.')[1]}:{member.value}" not in known
    ]

    assert bare == []
