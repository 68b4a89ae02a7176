"""`patrol posts`: lists of posts in, row by row."""

from pathlib import Path

import click

from patrol.cli._shell import site
from patrol.cli.people import FILE, finish, say
from patrol.core import clock
from patrol.people import lists
from patrol.web.session import db


@click.group("posts")
def command() -> None:
    """The posts people hold."""


@command.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--served", is_flag=True, help="The list was put before each person in writing: it binds."
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def import_(file: Path, *, served: bool, dry_run: bool, as_json: bool) -> None:
    """Take posts from an XLSX or CSV file: all of it, or nothing where any row has a fault."""
    with site():
        now = clock.now()
        read = lists.read_posts(
            db.session, file.read_bytes(), served=served, zone=clock.city(), now=now
        )
        say(read.report, as_json=as_json)
        if not dry_run and not read.report.faults:
            with db.transaction() as session:
                lists.store_posts(session, read, now=now)
        finish(read.report, dry_run=dry_run)
