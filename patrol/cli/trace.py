"""`patrol trace`: walk back from a finding to who answered for the place, and what they did."""

from datetime import datetime
from uuid import UUID

import click
from sqlmodel import Session, col, select

from patrol.cli._shell import site
from patrol.core import clock
from patrol.findings.model import Finding
from patrol.tracing import listing, queries, words
from patrol.tracing.rules import canonical
from patrol.web.session import db


@click.command("trace")
@click.argument("finding")
@click.option("--as-of", help="Only what was recorded by then, such as 2026-11-04T15:00+08:00.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole trace for a program.")
def command(finding: str, as_of: str | None, *, as_json: bool) -> None:
    """Trace FINDING, given by its number or id.

    The same records give the same bytes, on either database.
    """
    with site():
        found_id = _finding(db.session, finding)
        found = queries.trace(db.session, found_id, now=clock.now(), as_of=_moment(as_of))
        if as_json:
            click.echo(canonical(found))
            return
        names = queries.names_in(db.session, found)
        for one in listing.asked(found, lambda ref: ref):
            click.echo(f"{one.question} {one.verdict}")
        click.echo("")
        for said in words.sentences(found, names, lambda ref: ref):
            click.echo(f"{'*' if said.first else '-'} {said.text}  [{said.href}]")
        for ground in found.triggers.values():
            click.echo(str(words.GROUNDS[ground]))


def _finding(session: Session, told: str) -> UUID:
    """The id of a finding by its number or id."""
    try:
        return UUID(told)
    except ValueError:
        found = session.scalar(select(col(Finding.id)).where(col(Finding.number) == told))
    if found is None:
        raise click.BadParameter(told, param_hint="FINDING")
    return found


def _moment(told: str | None) -> datetime | None:
    if told is None:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as wrong:
        raise click.BadParameter(told, param_hint="--as-of") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.city())
