"""A private PostgreSQL with PostGIS for one test session, shared by its workers, gone afterwards.

Each process that uses the cluster holds a shared lock on its folder; whoever can take that lock
alone ends it. So the last worker cleans up, and the next session clears what a killed one left.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import IO, Any

import psycopg

TEMPLATE = "patrol_template"
OWNER, APP = "patrol_owner", "patrol_app"
SESSION = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_numbers = count(1)


def postgres_url(*, durable: bool = False) -> str:
    """A fresh, empty database with PostGIS, owned by `patrol_owner`.

    `durable` keeps fsync on, for what measures or tortures; ordinary tests go without.
    """
    folder = _cluster(durable=durable)
    name = f"patrol_{WORKER}_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(_dsn(folder, "postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE {TEMPLATE}')
    return f"postgresql+psycopg://{OWNER}@/{name}?host={folder}"


def as_app(url: str) -> str:
    """The same database for the role the app runs as, which owns nothing."""
    return url.replace(f"//{OWNER}@", f"//{APP}@", 1)


def as_superuser(url: str) -> str:
    """The same database for the superuser."""
    return url.replace(f"//{OWNER}@", "//postgres@", 1)


def drop(url: str) -> None:
    """Remove one database, connections and all."""
    place, folder = url.rsplit("?host=", 1)
    with psycopg.connect(_dsn(Path(folder), "postgres"), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{place.rsplit("/", 1)[1]}" WITH (FORCE)')


@cache
def _cluster(*, durable: bool) -> Path:
    """The folder of the running cluster; starts it when this session has none yet."""
    for stale in Path(tempfile.gettempdir()).glob("patrol-pg-*"):
        _end(stale)
    folder = Path(tempfile.gettempdir()) / f"patrol-pg-{SESSION}{'-durable' * durable}"
    folder.mkdir(mode=0o755, exist_ok=True)
    users = (folder / "users").open("w")
    fcntl.flock(users, fcntl.LOCK_SH)
    atexit.register(_leave, folder, users)
    with (folder / "starting").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _start(folder, SETTINGS if durable else SETTINGS | CARELESS)
            (folder / "ready").touch()
    return folder


def _start(folder: Path, settings: dict[str, str]) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    checksums = ("--data-checksums",) if "fsync" not in settings else ()
    _run(
        "initdb", "-D", "cluster", "-U", "postgres", "--auth=trust", "--no-sync", *checksums,
        "--encoding=UTF8", "--locale=C.UTF-8", folder=folder,
    )  # fmt: skip
    words = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    conf = folder / "cluster" / "postgresql.conf"
    conf.write_text(f"{conf.read_text()}\n{words}unix_socket_directories = '{folder}'\n")
    # setsid: an interrupt from the keyboard is for the tests, not for their database
    _run(
        "pg_ctl", "-D", "cluster", "-l", "log", "-w", "-t", "60", "start",
        folder=folder, start_new_session=True,
    )  # fmt: skip
    with psycopg.connect(_dsn(folder, "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {OWNER} LOGIN")
        admin.execute(f"CREATE ROLE {APP} LOGIN")
        admin.execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
    with psycopg.connect(_dsn(folder, TEMPLATE), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION postgis")


def _dsn(folder: Path, database: str) -> str:
    return f"host={folder} user=postgres dbname={database}"


def _run(program: str, *arguments: str, folder: Path, **options: Any) -> None:
    """Run one of PostgreSQL's programs in the folder, as the user it insists on."""
    if os.geteuid() == 0:
        options |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    log = folder / f"{program}.out"
    with log.open("w") as told:
        done = subprocess.run(
            [_programs() / program, *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            check=False,
            **options,
        )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {log.read_text()}")


@cache
def _programs() -> Path:
    """Where the newest PostgreSQL server of this machine keeps its programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    raise RuntimeError("tests need PostgreSQL 15 with PostGIS: run `make test`, which installs it")


def _version(initdb: Path) -> int:
    return int(initdb.parts[-3])


def _leave(folder: Path, users: IO[str]) -> None:
    users.close()
    _end(folder)


def _end(folder: Path) -> None:
    """Stop the cluster in the folder and remove it, unless somebody still uses it."""
    try:
        with (folder / "users").open() as users:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            pid_file = folder / "cluster" / "postmaster.pid"
            if pid_file.exists():
                _stop(int(pid_file.read_text().split()[0]), pid_file)
            shutil.rmtree(folder, ignore_errors=True)
    except (OSError, ValueError):
        return


def _stop(pid: int, pid_file: Path) -> None:
    os.kill(pid, signal.SIGINT)
    for _ in range(100):
        if not pid_file.exists():
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGQUIT)


def empty(url: str) -> None:
    """Take every row out of every table but PostGIS's own, guards or not."""
    place, folder = url.rsplit("?host=", 1)
    name = place.rsplit("/", 1)[1]
    with psycopg.connect(f"host={folder} dbname={name} user=postgres") as admin:
        admin.execute("SET session_replication_role = replica")
        found = admin.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('spatial_ref_sys', 'alembic_version', 'ledger_head')"
        ).fetchall()
        admin.execute("; ".join(f'DELETE FROM "{table}"' for (table,) in found))  # type: ignore[call-overload]
        admin.execute("UPDATE ledger_head SET seq = 0, hash = repeat('0', 64)")
