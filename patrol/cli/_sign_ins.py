"""The sign-ins of a demo as a small table, its roles in the words of whoever reads it."""

from collections.abc import Sequence
from unicodedata import east_asian_width

import click

from patrol.cli._shell import site
from patrol.config import Settings
from patrol.core.roles import Role
from patrol.demo import load
from patrol.people.words import ROLES
from patrol.web.session import db


def show_sign_ins(told: Settings) -> None:
    """Print one sign-in for each role where this site is a demo; nothing where it is not."""
    kept = load.kept_sign_ins(told.home)
    if not kept:
        return
    with site():
        demo = load.is_demo(db.session)
        rows = [(str(ROLES[Role(one["role"])]), one["login"], one["password"]) for one in kept]
        db.let_go()
        db.database.close()
    for line in table(rows) if demo else []:
        click.echo(line)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns begin below each other; a Chinese character is two wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)
