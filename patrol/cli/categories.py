"""`patrol categories`: take a city's table of classes, after looking at it row by row."""

from pathlib import Path

import click

from patrol.catalogue import service
from patrol.catalogue.service import Imported
from patrol.catalogue.words import FAULTS
from patrol.cli._shell import say_json, site
from patrol.core import clock
from patrol.web.session import db

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group("categories")
def command() -> None:
    """The classes of components and events with their conditions and limits."""


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only report; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def take(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take a table (CSV or XLSX); rows with faults are named and nothing is stored."""
    content = file.read_bytes()
    with site():
        with db.transaction() as session:
            looked = service.take_table(session, None, content, dry_run=True, now=clock.now())
            faulty = bool(looked.table.faults)
            if not dry_run and not faulty:
                service.seed(session, now=clock.now())
                looked = service.take_table(session, None, content, now=clock.now())
        _report(looked, dry_run=dry_run, as_json=as_json)
    if faulty:
        raise SystemExit(1)


def _report(imported: Imported, *, dry_run: bool, as_json: bool) -> None:
    table = imported.table
    told = {
        "rows": table.rows,
        "classes": len(table.classes),
        "added": len(imported.added),
        "changed": len(imported.changed),
        "unchanged": len(imported.unchanged),
        "stored": not dry_run and not table.faults,
    }
    if as_json:
        say_json(told | {"faults": [fault.__dict__ for fault in table.faults]})
        return
    for fault in table.faults:
        place = f"{fault.sheet} " if fault.sheet else ""
        said = FAULTS.get(fault.code, fault.code)
        click.echo(f"{place}{fault.row}: {fault.column} {fault.value!r} {said}", err=True)
    click.echo(" ".join(f"{name}={value}" for name, value in told.items()))
