"""The `patrol` command: finds its subcommands, one module of this package each, when asked for."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from patrol.core.errors import Refused


class Subjects(click.Group):
    """A group whose subcommand `NAME` is `patrol.cli.NAME.command`, imported only when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every module of this package that does not start with an underscore."""
        del ctx
        return sorted(name for _, name, _ in iter_modules(__path__) if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that module, or None when there is no such module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; a refusal that nobody put into words ends it with its code."""
        try:
            return super().invoke(ctx)
        except Refused as refused:
            raise click.ClickException(str(refused)) from refused


@click.group(cls=Subjects, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="patrol")
def main() -> None:
    """Grid patrol with responsibility that can be traced back."""
