"""Commands that bring a site's database to the schema of this release, and back."""

import click
from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory

from patrol.cli._shell import settings
from patrol.paths import MIGRATIONS


@click.group("db")
def command() -> None:
    """The database's schema."""


@command.command()
@click.option("--to", "revision", default="head", show_default=True, help="The revision to reach.")
def upgrade(revision: str) -> None:
    """Make or bring up to date every table and guard."""
    settings()
    alembic.upgrade(_config(), revision)
    click.echo(f"The schema is at {head() if revision == 'head' else revision}.")


@command.command()
@click.argument("revision")
@click.confirmation_option(prompt="What later revisions added is lost. Go on?")
def downgrade(revision: str) -> None:
    """Take the schema back to an older revision (`base`: take everything away)."""
    settings()
    alembic.downgrade(_config(), revision)
    click.echo(f"The schema is at {revision}.")


@command.command()
def check() -> None:
    """Say whether tables and models agree."""
    settings()
    alembic.check(_config())


def head() -> str:
    """The newest revision this release brings."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
