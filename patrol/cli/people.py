"""`patrol people`: lists of people in, row by row; passwords and leaving."""

from pathlib import Path

import click
from flask_babel import gettext as _
from sqlalchemy import select
from sqlmodel import Session, col

from patrol.cli._shell import progress, say_json, site
from patrol.core import clock
from patrol.core.errors import Refused
from patrol.people import lists, signing
from patrol.people.lists import Act, Report
from patrol.people.model import Person
from patrol.people.words import ACTS, COLUMNS, FAULTS
from patrol.web.session import db

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
SHOWN = 50  # faults in words; the rest is counted


@click.group("people")
def command() -> None:
    """The people of this site."""


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def import_(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take people from an XLSX or CSV file: all of it, or nothing where any row has a fault."""
    with site():
        read = lists.read_people(db.session, file.read_bytes())
        say(read.report, as_json=as_json)
        if dry_run or read.report.faults:
            finish(read.report, dry_run=dry_run)
            return
        kept = lists.hashes(read, lambda rows: progress(rows, _("Hashing passwords"), len(rows)))
        with db.transaction() as session:
            lists.store_people(session, read, kept, now=clock.now())
        finish(read.report, dry_run=False)


@command.command("password")
@click.argument("login")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def password(login: str, password: str) -> None:
    """Give somebody a new password; every browser of theirs is signed out."""
    with site():
        person = _person(db.session, login)
        signing.give_password(db.database, person.id, password, now=clock.now())
        click.echo(_("%(name)s has a new password.", name=person.name), err=True)


@command.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Let somebody sign in no more; what they did stays."""
    with site(), db.transaction() as session:
        person = _person(session, login)
        signing.disable(session, None, person, now=clock.now())
        click.echo(_("%(name)s can sign in no more.", name=person.name), err=True)


def say(report: Report, *, as_json: bool) -> None:
    """Print a report row by row: as JSON, or what is wrong and how many rows do what."""
    if as_json:
        say_json(
            {
                "rows": [
                    {"row": one.row, "act": one.act, "login": one.login, "what": one.told}
                    for one in report.changes
                ],
                "faults": [
                    {"row": one.row, "column": one.column, "code": one.code, "value": one.value}
                    for one in report.faults
                ],
                "unknown_columns": list(report.unknown),
            }
        )
        return
    for change in report.changes:
        click.echo(
            _(
                "row %(row)s: %(act)s %(login)s %(what)s",
                row=change.row,
                act=ACTS[change.act],
                login=change.login,
                what=change.told,
            ).rstrip()
        )
    for fault in report.faults[:SHOWN]:
        click.echo(
            _(
                "row %(row)s: %(column)s %(what)s %(value)s",
                row=fault.row,
                column=COLUMNS.get(fault.column or "", fault.column or ""),
                what=FAULTS.get(fault.code, fault.code),
                value=f"({fault.value})" if fault.value else "",
            ).rstrip(),
            err=True,
        )
    if len(report.faults) > SHOWN:
        click.echo(_("… and %(count)s more", count=len(report.faults) - SHOWN), err=True)
    if report.unknown:
        click.echo(
            _("Columns not known here: %(names)s", names=", ".join(report.unknown)), err=True
        )


def finish(report: Report, *, dry_run: bool) -> None:
    """Say what was stored; raises Refused where faults kept everything from being stored."""
    if report.faults:
        raise Refused("import-faulty", count=len({fault.row for fault in report.faults}))
    new, changed = report.count(Act.NEW), report.count(Act.CHANGED)
    told = _(
        "%(new)s new, %(changed)s changed, %(same)s as they were.",
        new=new,
        changed=changed,
        same=report.count(Act.SAME),
    )
    click.echo(f"{told} {_('Nothing was stored: dry run.') if dry_run else ''}".rstrip(), err=True)


def _person(session: Session, login: str) -> Person:
    person = session.scalar(select(Person).where(col(Person.login) == login.strip().lower()))
    if person is None:
        raise Refused("person-unknown", login=login)
    return person
