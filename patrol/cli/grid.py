"""`patrol grid`: areas in, cells out, checks, and who answers for a place."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.cli import _grid_changes
from patrol.cli._shell import progress, say_json, site
from patrol.core import clock, geo
from patrol.core.errors import NotFound, Refused
from patrol.core.roles import Line
from patrol.grid import files, queries, service
from patrol.grid.model import Cell, Grid
from patrol.grid.rules import Fault
from patrol.grid.words import doubt, fault, tier_name
from patrol.people.queries import Holder, chain
from patrol.people.words import LINES, ROLES, WHYS
from patrol.web.session import db

SHOWN = 20  # faults in words; the rest is counted


class _OnlyLooking(Exception):
    """Takes back what a dry run did."""


@click.group("grid")
def command() -> None:
    """The tree of grids and its cells."""


_grid_changes.add_to(command)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tier", type=int, required=True, help="1 is the top.")
@click.option("--datum", required=True, help="wgs84, cgcs2000, gcj02 or epsg:N; never guessed.")
@click.option("--code", help="Field of the codes.")
@click.option("--name", help="Field of the names.")
@click.option("--parent", help="Field of the codes of the grids above.")
@click.option("--repair", is_flag=True, help="Mend what is broken, and say how much changed.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def import_(
    file: Path,
    *,
    tier: int,
    datum: str,
    code: str | None,
    name: str | None,
    parent: str | None,
    repair: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take areas from GeoJSON, a zipped Shapefile or a GeoPackage as the grids of a tier."""
    with site():
        stated = geo.datum(datum)
        reading = files.read(file, stated, code=code, name=name, parent=parent)
        with _meant(dry_run=dry_run) as session:
            judged = service.judge(session, reading, tier, stated, repair=repair)
            if not judged.faults:
                service.import_areas(session, None, judged, now=clock.now())
        if as_json:
            say_json(_report(judged, reading, dry_run=dry_run))
        else:
            _tell(judged, dry_run=dry_run)
        if judged.faults:
            raise Refused("areas-faulty", count=len(judged.faults))


@command.command()
@click.option("--within", "codes", multiple=True, help="Code of a grid; may be given often.")
@click.option("--all", "everywhere", is_flag=True, help="Cut every grid there is.")
@click.option("--size", type=float, default=100.0, show_default=True, help="Metres.")
@click.option("--dry-run", is_flag=True, help="Only say how many cells there would be.")
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def generate(
    codes: tuple[str, ...], *, everywhere: bool, size: float, dry_run: bool, as_json: bool
) -> None:
    """Cut the lowest grids into square cells; the same input gives the same codes."""
    if bool(codes) == everywhere:
        raise click.UsageError("Give --within CODE, or --all.")
    with site():
        with _meant(dry_run=dry_run) as session:
            within = queries.roots(session) if everywhere else [_grid(session, c) for c in codes]
            if not within:
                raise Refused("grid-none")
            cuttings = service.cuttings(session, within)
            done = service.generate(
                session, None, progress(cuttings, _("cutting")), size, now=clock.now()
            )
            _grid_changes.follow(session)
        if as_json:
            say_json({**vars(done), "dry_run": dry_run})
        else:
            told = _(
                "%(grids)s grids: %(cells)s new cells, %(kept)s kept, %(closed)s ended.",
                **vars(done),
            )
            click.echo(told + (_(" Nothing was stored.") if dry_run else ""))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the faults for a program.")
def check(*, as_json: bool) -> None:
    """Judge every grid and cell in force; exit 1 when something is not sound."""
    with site():
        session = db.session
        faults: list[Fault] = []
        for tier in queries.tiers(session):
            faults += service.check_tier(session, tier.number)
        lowest = [grid for root in queries.roots(session) for grid in queries.lowest(session, root)]
        for grid in progress(lowest, _("checking")):
            faults += service.check_cells(session, grid)
        if as_json:
            say_json({"sound": not faults, "faults": [_fault(found) for found in faults]})
        else:
            _list(faults)
            if not faults:
                click.echo(_("%(count)s lowest grids are sound.", count=len(lowest)))
    if faults:
        sys.exit(1)


@command.command()
@click.argument("lon")
@click.argument("lat")
@click.option("--time", "when", help="A past moment, such as 2026-11-06T10:00; now if absent.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer for a program.")
def at(lon: str, lat: str, *, when: str | None, as_json: bool) -> None:
    """Say which cell and grids a WGS 84 place lies in, and who answers for it."""
    with site():
        session, spot = db.session, geo.lon_lat(lon, lat)
        moment = _moment(when)
        then = moment if when else None
        cell = queries.cell_at(session, *spot, at=then)
        owner = cell.grid_id if cell else queries.grid_id_at(session, *spot, at=then)
        if owner is None:
            raise NotFound("place-outside", lon=spot[0], lat=spot[1])
        path = queries.grid_path(session, owner)
        chains = {line: chain(session, owner, line, at=moment) for line in Line}
        if as_json:
            say_json(_answer(cell, path, chains, moment))
            return
        tiers = {tier.number: tier_name(tier) for tier in queries.tiers(session)}
        click.echo(_("cell %(code)s", code=cell.code) if cell else _("no cell here"))
        for grid in path:
            click.echo(f"{tiers[grid.tier]} {grid.name} ({grid.code})")
        for line, holders in chains.items():
            click.echo(f"{LINES[line]}:")
            for holder in holders:
                who = holder.answers_name or _("nobody")
                click.echo(f"  {ROLES[holder.role]}: {who} ({WHYS[holder.why]})")


@command.command()
@click.argument("names", nargs=-1)
def tiers(names: tuple[str, ...]) -> None:
    """List the tiers, or name them from the top down: 街道=Street 社区=Community …"""
    with site():
        if names:
            pairs = [(zh, en or zh) for zh, _sign, en in (name.partition("=") for name in names)]
            with db.transaction() as session:
                service.name_tiers(session, None, pairs, now=clock.now())
        for tier in queries.tiers(db.session):
            click.echo(f"{tier.number} {tier.name} {tier.name_en}")


@contextmanager
def _meant(*, dry_run: bool) -> Iterator[Session]:
    """A transaction that is taken back at its end when it was not meant."""
    with suppress(_OnlyLooking), db.transaction() as session:
        yield session
        if dry_run:
            raise _OnlyLooking


def _grid(session: Session, code: str) -> Grid:
    grid = queries.grid_by_code(session, code)
    if grid is None:
        raise Refused("grid-unknown", "within", given=code)
    return grid


def _moment(when: str | None) -> datetime:
    if when is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        raise Refused("time-unreadable", "time", given=when[:40]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.city())


def _tell(judged: service.Judgement, *, dry_run: bool) -> None:
    for found in judged.doubts:
        click.echo(_("Look: %(doubt)s", doubt=doubt(found)), err=True)
    for code, m2 in judged.mended.items():
        click.echo(_("%(code)s mended: %(m2)s m² changed", code=code, m2=f"{m2:,.1f}"))
    _list(judged.faults)
    if not judged.faults:
        told = _(
            "Tier %(tier)s: %(new)s new, %(changed)s changed, %(same)s the same.",
            tier=judged.tier,
            new=len(judged.new),
            changed=len(judged.changed),
            same=len(judged.same),
        )
        click.echo(told + (_(" Nothing was stored.") if dry_run else ""))


def _list(faults: Sequence[Fault]) -> None:
    for found in faults[:SHOWN]:
        click.echo(fault(found), err=True)
    if len(faults) > SHOWN:
        click.echo(_("… and %(count)s more", count=len(faults) - SHOWN), err=True)


def _report(judged: service.Judgement, reading: files.Reading, *, dry_run: bool) -> dict[str, Any]:
    return {
        "tier": judged.tier,
        "datum": judged.datum,
        "fields": dict(reading.fields),
        "features": len(reading.areas),
        "new": list(judged.new),
        "changed": list(judged.changed),
        "same": list(judged.same),
        "mended_m2": dict(judged.mended),
        "doubts": [{"code": found.code, **found.facts} for found in judged.doubts],
        "faults": [_fault(found) for found in judged.faults],
        "stored": not (dry_run or judged.faults),
    }


def _fault(found: Fault) -> dict[str, Any]:
    return {
        "kind": found.kind.value,
        "codes": list(found.codes),
        "spot": list(found.spot),
        "m2": round(found.m2, 1),
        "reason": found.reason,
        "said": fault(found),
    }


def _answer(
    cell: Cell | None, path: Sequence[Grid], chains: Mapping[Line, Sequence[Holder]], at: datetime
) -> dict[str, Any]:
    return {
        "at": at.isoformat(),
        "cell": cell and {"code": cell.code, "number": cell.number, "area_m2": cell.area},
        "grids": [{"code": grid.code, "name": grid.name, "tier": grid.tier} for grid in path],
        "answers": {
            line.value: [
                {
                    "role": holder.role.value,
                    "tier": holder.tier,
                    "held_by": holder.name,
                    "answers": holder.answers_name,
                    "why": holder.why.value,
                    "binding": holder.binding,
                }
                for holder in holders
            ]
            for line, holders in chains.items()
        },
    }
