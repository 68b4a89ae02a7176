"""`patrol grid change`, `objects` and `export`: what the pages of a grid do, from a shell."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from pydantic import ValidationError
from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.cli._shell import say_json, site
from patrol.core import clock, geo
from patrol.core.errors import Refused
from patrol.grid import change_words, changes, exporting, objects, queries
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Alters, Grid, Level
from patrol.plans.recut import carry_out_next
from patrol.plans.service import close_windows
from patrol.web.errors import sentence
from patrol.web.session import db

KINDS = [kind.value for kind in Alters if kind is not Alters.RECUT]


def follow(session: Session) -> None:
    """Carry out what is due, and have posts and plans follow the ground."""
    zone, now = clock.city(), clock.now()
    while close_windows(session, zone=zone, now=now) is not None:
        pass
    while carry_out_next(session, zone=zone, now=now) is not None:
        pass


def add_to(group: click.Group) -> None:
    """Hang these commands below `patrol grid`."""
    for command in (change, take_objects, export):
        group.add_command(command)


@click.command("change")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("grid")
@click.option("--cells", is_flag=True, help="Change cells of the grid, not the grid.")
@click.option("--code", default="", help="Code of the new grid, or of the first of two.")
@click.option("--name", default="", help="Its name; the new name; or why it is retired.")
@click.option("--other-code", default="", help="Code of the second grid.")
@click.option("--other-name", default="", help="Name of the second grid.")
@click.option("--member", "members", multiple=True, help="Code of a cell or grid; may repeat.")
@click.option("--line", default="", help='Dividing line: "113.66,34.76 113.67,34.75".')
@click.option("--from", "from_day", type=click.DateTime(["%Y-%m-%d"]), help="Day; now if absent.")
@click.option("--json", "as_json", is_flag=True, help="Print the change for a program.")
def change(
    kind: str,
    grid: str,
    *,
    cells: bool,
    code: str,
    name: str,
    other_code: str,
    other_name: str,
    members: tuple[str, ...],
    line: str,
    from_day: datetime | None,
    as_json: bool,
) -> None:
    """Split, merge, rename or retire a grid or cells from a day on."""
    with site():
        draft = _draft(
            level=Level.CELL if cells else Level.GRID,
            kind=Alters(kind),
            code=code,
            name=name,
            other_code=other_code,
            other_name=other_name,
            members=members,
            line=line,
            from_day=from_day.date() if from_day else None,
        )
        with db.transaction() as session:
            found = _grid(session, grid)
            made = changes.plan(session, None, found, draft, zone=clock.city(), now=clock.now())
            follow(session)
        if as_json:
            say_json(changes.facts(made) | {"state": change_words.state(made)})
            return
        state = change_words.STATES[change_words.state(made)]
        click.echo(f"{found.code}: {change_words.change(made)} ({state})")


@click.command("objects")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--datum", required=True, help="wgs84, cgcs2000, gcj02 or epsg:N; never guessed.")
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def take_objects(file: Path, *, datum: str, as_json: bool) -> None:
    """Take road sections and key points from a table; exit 1 when a row is at fault."""
    with site():
        with db.transaction() as session:
            known = [topic.code for topic in catalogue.topics(session)]
            came = objects.take_in(
                session,
                None,
                file.read_bytes(),
                geo.datum(datum),
                known_topics=known,
                now=clock.now(),
            )
        told = [(one, sentence(Refused(one.code, **one.facts))) for one in came.faults]
        if as_json:
            faults = [{"row": one.row, "code": one.code, "said": said} for one, said in told]
            say_json(
                {"new": came.new, "changed": came.changed, "same": came.same} | {"faults": faults}
            )
        else:
            for one, said in told:
                click.echo(_("Row %(row)s: %(said)s", row=one.row, said=said), err=True)
            said = _(
                "%(new)s new, %(changed)s changed, %(same)s the same, %(faults)s rows with faults.",
                new=len(came.new),
                changed=len(came.changed),
                same=len(came.same),
                faults=len(came.faults),
            )
            click.echo(said)
    if came.faults:
        raise SystemExit(1)


@click.command("export")
@click.argument("grid")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(grid: str, file: Path) -> None:
    """Write a grid with all below it and their cells: .gpkg, .zip (Shapefile) or .geojson."""
    forms = {f".{suffix}": form for form, (suffix, _kind) in exporting.FORMS.items()}
    if file.suffix.lower() not in forms:
        raise click.UsageError("FILE ends in .gpkg, .zip or .geojson.")
    with site():
        found = _grid(db.session, grid)
        file.write_bytes(exporting.export(db.session, found, forms[file.suffix.lower()]))


def _draft(**told: Any) -> ChangeDraft:
    try:
        return ChangeDraft(**told)
    except ValidationError as wrong:
        fault = wrong.errors()[0]
        raise click.UsageError(f"{fault['loc'][0]}: {fault['msg']}") from None


def _grid(session: Session, code: str) -> Grid:
    grid = queries.grid_by_code(session, code)
    if grid is None:
        raise Refused("grid-unknown", "within", given=code)
    return grid
