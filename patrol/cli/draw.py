"""`patrol draw`: print a draw of spot checks with all it was made from, or draw it again."""

from uuid import UUID

import click

from patrol.checks import queries
from patrol.checks.model import Draw
from patrol.cli._shell import say_json, site
from patrol.web.session import db


@click.command("draw")
@click.argument("draw", type=click.UUID)
@click.option("--replay", is_flag=True, help="Draw again from what was kept, and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print it whole for a program.")
def command(draw: UUID, *, replay: bool, as_json: bool) -> None:
    """Print DRAW, given by its id; with --replay, fail unless it comes out the same again."""
    with site():
        made = db.session.get(Draw, draw)
        if made is None:
            raise click.BadParameter(str(draw), param_hint="DRAW")
        pairs = queries.again(made) if replay else made.pairs
        if as_json:
            told = {"urn": made.urn, "excluded": made.excluded, "digest": made.digest}
            say_json({**told, "pairs": pairs, "same": pairs == made.pairs})
        else:
            click.echo(f"seed {made.urn['seed']}")
            for cell, checker in pairs:
                click.echo(f"{cell} {checker}")
            for what, why in made.excluded:
                click.echo(f"- {what} {why}")
        if pairs != made.pairs:
            raise click.ClickException("not the same")
