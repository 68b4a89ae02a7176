"""The command that runs what happens by itself: closing windows, climbing, doubts, notices."""

import os
import signal
from threading import Event, Thread

import click

from patrol.cli._shell import site
from patrol.jobs import keep_running, run_due
from patrol.web.session import db


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option("--beside", type=int, hidden=True, help="End with this process, which started us.")
def command(once: bool, beside: int | None) -> None:
    """Run the jobs of this site until told to stop."""
    stop = Event()
    if not once:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
    if beside:
        Thread(target=_end_with, args=(beside, stop), daemon=True).start()
    with site() as app:
        if once:
            moved = run_due(db.database, app.config["SETTINGS"])
            click.echo(f"{moved} rows moved.")
        else:
            keep_running(db.database, app.config["SETTINGS"], stop)
        db.database.close()


def _end_with(parent: int, stop: Event) -> None:
    """Stop when the parent is gone, even if it was killed and could not say so."""
    while os.getppid() == parent and not stop.wait(1):
        pass
    stop.set()
