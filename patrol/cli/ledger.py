"""`patrol ledger`: prove that nobody has changed what was recorded."""

import sys

import click

from patrol.cli._shell import say_json, site
from patrol.ledger import queries
from patrol.ledger.words import FAULTS
from patrol.web.session import db


@click.group("ledger")
def command() -> None:
    """The append-only record of every act."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the verdict for a program.")
def verify(*, as_json: bool) -> None:
    """Recompute the whole chain; exit 1 and name the first bad entry when it was changed."""
    with site():
        size = queries.size(db.session)
        with click.progressbar(
            length=size, label="ledger", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            verdict = queries.verify(db.session, lambda done: bar.update(done - bar.pos))
        if as_json:
            say_json(
                {
                    "sound": verdict.sound,
                    "entries": verdict.entries,
                    "head": verdict.head,
                    "bad": verdict.bad,
                    "fault": verdict.fault,
                }
            )
        elif verdict.sound:
            click.echo(f"ok entries={verdict.entries} head={verdict.head}")
        else:
            click.echo(f"tampered at entry {verdict.bad}: {FAULTS[verdict.fault or 'hash']}")
    if not verdict.sound:
        raise SystemExit(1)
