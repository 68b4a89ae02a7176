"""`patrol coverage`: how the cells below a grid stand, and what its windows came to."""

from typing import Any

import click
from flask_babel import gettext as _

from patrol.cli._shell import say_json, site
from patrol.core import clock
from patrol.core.errors import Refused
from patrol.coverage import figures, queries
from patrol.coverage.figures import Stretch
from patrol.coverage.queries import Asked, GridLine
from patrol.coverage.rules import Period, Rates, Tally, since
from patrol.grid import queries as grids
from patrol.web.filters import share, span
from patrol.web.session import db


@click.command("coverage")
@click.option("--grid", "code", required=True, help="Code of a grid.")
@click.option(
    "--period", type=click.Choice([one.value for one in Period]), default="week", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures for a program.")
def command(code: str, *, period: str, as_json: bool) -> None:
    """Print how the cells below a grid stand now, and its rates over a period."""
    with site():
        session, now = db.session, clock.now()
        grid = grids.grid_by_code(session, code)
        if grid is None:
            raise Refused("grid-unknown", "grid", given=code)
        below = grids.children(session, grid)
        found = queries.stood(session, grid.path, Asked(), zone=clock.city(), now=now)
        counts = queries.count(session, found)
        begun = since(Period(period), now, clock.city())
        rates = figures.rates(session, Stretch(grid.path, begun, now, clock.city()), Asked())
        lines = queries.lines(session, below, counts, rates, now=now)
        whole = sum((one.tally for one in counts.values()), Tally())
        done = sum(rates.values(), Rates())
        if as_json:
            say_json(
                {
                    "grid": grid.code,
                    "at": now.isoformat(),
                    "since": begun.isoformat(),
                    "cells": _tally(whole),
                    "rates": vars(done),
                    "grids": [_line(line) for line in lines],
                }
            )
            return
        click.echo(f"{grid.name} ({grid.code})")
        click.echo(_("covered %(share)s", share=share(whole.covered, whole.due)))
        click.echo(_("windows done %(share)s", share=share(done.windows_done, done.windows)))
        for line in lines:
            gap = span(line.gap) if line.gap is not None else "—"
            covered = share(line.tally.covered, line.tally.due)
            holder = line.holder or _("nobody")
            click.echo(f"  {line.grid.code} {line.grid.name}: {covered} · {gap} · {holder}")


def _tally(found: Tally) -> dict[str, Any]:
    return {**vars(found), "due": found.due, "covered": found.covered}


def _line(line: GridLine) -> dict[str, Any]:
    return {
        "code": line.grid.code,
        "name": line.grid.name,
        "cells": _tally(line.tally),
        "rates": vars(line.rates),
        "largest_gap_minutes": None if line.gap is None else int(line.gap.total_seconds() // 60),
        "held_by": line.holder,
    }
