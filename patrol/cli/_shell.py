"""What every command shares: the site in hand, refusals as sentences, JSON and progress bars."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from flask import Flask
from flask_babel import force_locale

from patrol import config
from patrol.app import create_app
from patrol.config import Settings
from patrol.core.errors import Refused
from patrol.web import basemap
from patrol.web.errors import sentence

T = TypeVar("T")


@contextmanager
def site() -> Iterator[Flask]:
    """The site the settings name, with `web.session.db` and words ready to use.

    What the body refuses ends the command with one sentence and exit code 1.
    """
    app = create_app(settings())
    with app.app_context(), force_locale(language()):
        try:
            yield app
        except Refused as refused:
            raise click.ClickException(sentence(refused)) from refused


def settings() -> Settings:
    """The settings of this site, or a clear end when one is wrong."""
    try:
        told = config.load()
        basemap.read(told)
    except (ValueError, OSError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    return told


def language() -> str:
    """English where the terminal is set to it, else Chinese."""
    told = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if told.startswith("en") else "zh_Hans_CN"


def say_json(value: Any) -> None:
    """Print a value for a program to read: sorted, indented, in UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str))


def progress(items: Iterable[T], label: str, length: int | None = None) -> Iterator[T]:
    """The same items, with a bar on standard error while they pass, where someone is looking."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, length=length, label=label, file=sys.stderr) as bar:
        yield from bar
