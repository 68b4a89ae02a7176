"""Notices in words: each slice says its kinds, and where the thing spoken of is to be seen."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.routing import BuildError

SENTENCES: dict[str, Any] = {
    "matter.here": _l("%(title)s is unresolved and is now yours."),
    "matter.gap": _l("%(title)s waits where nobody holds the post; that gap is yours to fill."),
}
ANYTHING = _l("Something needs you. Open it to see what.")
PAGES: dict[str, tuple[str, str]] = {
    "finding": ("findings.show", "finding_id"),
    "matter": ("escalation.show", "matter_id"),
    "doubt": ("tracing.show", "doubt_id"),
    "review": ("reviews.show", "review_id"),
    "plan": ("plans.show", "plan_id"),
}
LISTS: dict[str, str] = {"post": "people.my_posts", "excuse": "people.excuses"}


def know(sentences: Mapping[str, Any], pages: Mapping[str, tuple[str, str]]) -> None:
    """Take a slice's sentences for its kinds, and its pages for what they speak of."""
    SENTENCES.update(sentences)
    PAGES.update(pages)


def sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """What a notice says, in the reader's language."""
    told = SENTENCES.get(kind)
    try:
        return str(told if told is not None else ANYTHING) % _named(facts)
    except (KeyError, ValueError, TypeError):
        return str(ANYTHING)


def address(subject: str) -> str | None:
    """Where the thing a notice speaks of is to be seen; none when it has no page."""
    noun, _, key = subject.partition(":")
    try:
        if noun in LISTS:
            return url_for(LISTS[noun])
        endpoint, argument = PAGES[noun]
        if endpoint not in current_app.view_functions:
            return None
        named: dict[str, Any] = {argument: key}
        return url_for(endpoint, **named)
    except (KeyError, BuildError):
        return None


def _named(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with their codes in words where a word is known."""
    return {name: WORDS.get((name, value), value) for name, value in facts.items() if value}


WORDS: dict[tuple[str, Any], Any] = {}


def word(name: str, words: Mapping[Any, Any]) -> None:
    """Take the words of a fact's codes, such as those of roles."""
    WORDS.update({(name, str(code)): told for code, told in words.items()})
