"""`patrol demo`: a working city to look at, with one sign-in for each role."""

import sys
from collections.abc import Iterator

import click
from alembic import command as alembic
from alembic.config import Config

from patrol.cli._shell import say_json, settings
from patrol.cli._sign_ins import show_sign_ins
from patrol.core import clock
from patrol.core.errors import Conflict
from patrol.core.store import Database
from patrol.demo import load
from patrol.paths import MIGRATIONS

STEPS = 1000


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print the sign-ins for a program.")
@click.option(
    "--if-empty",
    is_flag=True,
    help="Leave a site with other data alone, and the sign-ins for `patrol serve` to tell.",
)
def command(*, as_json: bool, if_empty: bool) -> None:
    """Load a month of a working district into an empty site and print one sign-in for each role.

    A site that holds the demo already only tells its sign-ins again; one that holds anything else
    is not touched.
    """
    told = settings()
    clock.tell(told.clock)
    clock.live_in(told.zone)
    schema = Config()
    schema.set_main_option("script_location", str(MIGRATIONS))
    alembic.upgrade(schema, "head")
    database = Database(told.database_url)
    try:
        with database.reading() as session:
            known = load.is_demo(session)
        if not known:
            shares = load.load(database, told.home, told.media, told.zone, now=clock.now())
            _show(shares)
        sign_ins = load.kept_sign_ins(told.home)
    except Conflict as conflict:
        if if_empty:
            return
        raise click.ClickException(
            "This site holds other data. The demo goes into an empty one: set PATROL_HOME to a "
            "new folder, or PATROL_DATABASE_URL to an empty database."
        ) from conflict
    finally:
        database.close()
    if as_json:
        say_json(sign_ins)
        return
    if not if_empty:
        show_sign_ins(told)


def _show(shares: Iterator[float]) -> None:
    """A bar on standard error where someone is looking; silence where nobody is."""
    with click.progressbar(
        length=STEPS, label="demo", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for share in shares:
            bar.update(int(share * STEPS) - bar.pos)
