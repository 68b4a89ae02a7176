"""`patrol feasibility`: the figures by which plans are measured against people, shown or set."""

from dataclasses import asdict

import click

from patrol.cli._shell import say_json, site
from patrol.core import clock
from patrol.plans import measures
from patrol.web.session import db


@click.command("feasibility")
@click.option("--shift", type=click.FloatRange(30, 1440), help="Minutes of a shift not rostered.")
@click.option("--way", type=click.FloatRange(0, 480), help="Minutes to get there and back.")
@click.option("--pace", type=click.FloatRange(10, 1000), help="Metres walked in a minute.")
@click.option("--dwell", type=click.FloatRange(0.1, 120), help="Minutes in a cell, for new plans.")
@click.option("--usual", is_flag=True, help="Go back to the usual figures, before setting others.")
@click.option("--json", "as_json", is_flag=True, help="Print them for a program.")
def command(*, usual: bool, as_json: bool, **given: float | None) -> None:
    """Show the figures of the feasibility sum; those given are set for this site first."""
    told = {name: value for name, value in given.items() if value is not None}
    with site():
        if usual or told:
            with db.transaction() as session:
                if usual:
                    measures.forget_own(session, now=clock.now())
                if told:
                    measures.set_own(session, told, now=clock.now())
        found = measures.measured(db.session)
        if as_json:
            say_json(asdict(found))
        else:
            for name, value in asdict(found.figures).items():
                click.echo(f"{name} {value:g}")
            click.echo(f"set {found.set_at:%Y-%m-%d}" if found.set_at else "usual")
