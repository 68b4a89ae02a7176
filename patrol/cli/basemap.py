"""The commands about the ground under maps."""

from pathlib import Path

import click

from patrol.cli._shell import say_json
from patrol.web import archive

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group("basemap")
def command() -> None:
    """Look at archives of map tiles before a site shows them."""


@command.command("check")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print it for a program to read.")
def check(file: Path, as_json: bool) -> None:
    """Say what FILE holds: bounds, zooms, tiles, bytes; exit code 1 when no map can lie on it."""
    try:
        found = archive.examine(file)
    except ValueError as fault:
        raise click.ClickException(str(fault)) from None
    if as_json:
        say_json({name: getattr(found, name) for name in found.__dataclass_fields__})
        return
    west, south, east, north = found.bounds
    click.echo(f"tiles   {found.count} × {found.tiles}, zooms {found.least}–{found.most}")
    click.echo(f"bounds  {west:.5f},{south:.5f} – {east:.5f},{north:.5f}")
    click.echo(f"bytes   {found.size} ({found.size / 1e6:.1f} MB on each phone)")
    click.echo(f"rights  {found.rights or 'not told: give PATROL_BASEMAP_RIGHTS'}")
