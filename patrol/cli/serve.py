"""The command that serves the site: pages by granian, and the worker beside them."""

import ipaddress
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer
from sqlalchemy import make_url

from patrol.app import create_app
from patrol.cli._health import schema_fault
from patrol.cli._shell import settings
from patrol.cli._sign_ins import show_sign_ins

THREADS = 4  # in each process; more only queue for the interpreter
CONNECTIONS = 1000  # to each process; a phone keeps some open, and an idle one counts
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--tls", type=(FILE, FILE), metavar="CERT KEY", help="Serve HTTPS with these files.")
@click.option(
    "--processes", type=click.IntRange(1, 64), help="Default: one a processor, at most 4."
)
@click.option("--worker/--no-worker", default=True, help="Run the jobs beside the pages.")
def command(
    host: str, port: int, tls: tuple[Path, Path] | None, processes: int | None, worker: bool
) -> None:
    """Serve pages and run jobs; plain HTTP listens on this machine alone."""
    if tls is None and not _is_here(host):
        raise click.UsageError(
            f"Plain HTTP is for this machine alone: phones give position, camera and offline work "
            f"only to HTTPS. Add --tls CERT KEY, or listen on 127.0.0.1 behind a proxy "
            f"(not on {host})."
        )
    told = settings()
    if fault := schema_fault(told):
        raise click.ClickException(fault)
    demand_free(host, port)
    serving = server(
        "patrol.cli.serve:pages",
        host=host,
        port=port,
        processes=processes or fitting(told.database_url),
        tls=tls,
    )
    click.echo(
        f"Serving at {'https' if tls else 'http'}://{_shown(host)}:{port}/  (Ctrl-C ends it)"
    )
    show_sign_ins(told)
    with _jobs_beside() if worker else _nothing():
        serving.serve()


def pages() -> Flask:
    """The app in one of the processes that serve it; it ends with the one that started it."""
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    return create_app()


def _end_with_parent() -> None:
    """Wait for the parent's end, even if it was killed and could not say so, then end gently."""
    if parent := multiprocessing.parent_process():
        parent.join()
        while True:  # one that is only just starting does not hear it yet
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)


def server(
    target: str, *, host: str, port: int, processes: int, tls: tuple[Path, Path] | None = None
) -> MPServer:
    """The server we ship, for the app factory `target` (`module:function`)."""
    return MPServer(
        target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.auto if tls else HTTPModes.http1,
        workers=processes,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        log_level=LogLevels.warning,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        ssl_cert=tls and tls[0],
        ssl_key=tls and tls[1],
    )


def fitting(database_url: str) -> int:
    """How many processes suit a database: SQLite has one writer, more than two only queue."""
    most = 2 if make_url(database_url).get_backend_name() == "sqlite" else 4
    return max(1, min(most, os.cpu_count() or 1))


def demand_free(host: str, port: int) -> None:
    """Refuse a port somebody serves at: granian would share it and answer only now and then."""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} of {host} cannot be had ({error.strerror}). "
                "End what listens there, or choose another: --port, or make run PORT=…"
            ) from error


def _is_here(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _jobs_beside() -> Iterator[None]:
    """Keep one `patrol worker` alive as long as the pages are served."""
    ending = Event()
    watch = Thread(target=_keep_alive, args=(ending,), name="jobs")
    watch.start()
    try:
        yield
    finally:
        ending.set()
        watch.join()


def _keep_alive(ending: Event) -> None:
    while not ending.is_set():
        # its own session: Ctrl-C reaches it through us, after the pages have ended
        process = subprocess.Popen(  # noqa: S603  the only word not written here is our own number
            [sys.executable, "-m", "patrol.cli", "worker", "--beside", str(os.getpid())],
            start_new_session=True,
        )
        while process.poll() is None and not ending.wait(0.5):
            pass
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        elif not ending.wait(5):
            click.echo("The worker ended unexpectedly; starting it again.", err=True)
