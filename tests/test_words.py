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
    wrong = [
        f"{message.id}: {error}"
        for message in merged(locale)
        if message.id
        for error in message.check(merged(locale))
    ]

    assert wrong == []


def label_tables():
    """Every mapping from the members of an enum to words, in the words of the slices."""
    for path in sorted(PACKAGE.glob("*/words.py")):
        module = importlib.import_module(f"patrol.{path.parent.name}.words")
        for name, table in vars(module).items():
            if isinstance(table, dict) and table and all(isinstance(key, StrEnum) for key in table):
                yield f"{path.parent.name}.{name}", table


def test_tables_of_labels_name_every_member():
    gaps = [
        f"{name}: {member!r}"
        for name, table in label_tables()
        for kind in {type(key) for key in table}
        for member in kind
        if member not in table
    ]

    assert gaps == []
