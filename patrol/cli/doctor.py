"""The command that says whether a site is well, and what to do where it is not."""

import sys

import click

from patrol.cli._health import faults
from patrol.cli._shell import say_json, settings


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings for a program to read.")
def command(as_json: bool) -> None:
    """Examine this site; exit code 1 when anything is wrong."""
    found = dict(faults(settings()))
    if as_json:
        say_json({"well": not any(found.values()), "checks": found})
    else:
        for name, fault in found.items():
            click.echo(f"{'✗' if fault else '✓'} {name}{fault and f': {fault}'}")
    sys.exit(any(found.values()))
