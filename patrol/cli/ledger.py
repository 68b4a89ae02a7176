"""`patrol ledger`: prove that nobody has changed what was recorded."""

import sys

import click

from patrol.cli._shell import say_json, site
from patrol.core import clock
from patrol.ledger import queries, reading
from patrol.ledger.words import FAULTS
from patrol.web.session import db


@click.group("ledger")
def command() -> None:
    """The append-only record of every act."""


@command.command()
@click.option("--all/--new", "whole", default=True, help="Every entry (default), or the new ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict for a program.")
def verify(*, whole: bool, as_json: bool) -> None:
    """Recompute the chain; exit 1 and name the first bad entry when it was changed.

    --new reads on from where the chain was last found sound; a change before that is found by
    --all alone. What was read is remembered, so that the page need not read it again.
    """
    with site() as app:
        secret = app.config["SETTINGS"].secret_key
        size = queries.size(db.session)
        after = queries.START if whole else reading.mark_of(reading.known(db.session, secret))
        with click.progressbar(
            length=size, label="ledger", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            verdict = queries.verify(
                db.session, lambda done: bar.update(done - bar.pos), after=after
            )
        with db.transaction() as session:
            reading.keep(session, verdict, secret, now=clock.now())
        if as_json:
            say_json(
                {
                    "sound": verdict.sound,
                    "since": verdict.since,
                    "entries": verdict.entries,
                    "head": verdict.head,
                    "bad": verdict.bad,
                    "fault": verdict.fault,
                }
            )
        elif verdict.sound:
            read = (
                f"entries={verdict.entries}" if whole else f"new={verdict.since}-{verdict.entries}"
            )
            click.echo(f"ok {read} head={verdict.head}")
        else:
            click.echo(f"tampered at entry {verdict.bad}: {FAULTS[verdict.fault or 'hash']}")
    if not verdict.sound:
        raise SystemExit(1)
