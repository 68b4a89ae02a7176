"""What keeps the append-only tables append-only: triggers on both databases, grants on one."""

from sqlalchemy import Connection, text

from patrol.core.store import APPEND_ONLY
from patrol.ledger.rules import GENESIS

_REFUSE = """
CREATE OR REPLACE FUNCTION patrol_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


def install(connection: Connection) -> None:
    """Put the guards on every append-only table, and the ledger's head where there is none."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text(_REFUSE))
    for table in sorted(APPEND_ONLY):
        for statement in _sqlite(table) if sqlite else _postgres(table):
            connection.execute(text(statement))
    connection.execute(
        text(
            "INSERT INTO ledger_head (id, seq, hash) SELECT 1, 0, :genesis "
            "WHERE NOT EXISTS (SELECT 1 FROM ledger_head)"
        ),
        {"genesis": GENESIS},
    )


def remove(connection: Connection) -> None:
    """Take the guards away, for a migration that goes down."""
    for table in sorted(APPEND_ONLY):
        for name in ("update", "delete", "replace", "truncate"):
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{name}"))
            elif name != "replace":
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{name} ON {table}"))
    if connection.dialect.name != "sqlite":
        connection.execute(text("DROP FUNCTION IF EXISTS patrol_append_only()"))


def missing(connection: Connection) -> list[str]:
    """The guards that should be there and are not, as `table_no_act`."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        acts = ("update", "delete", "replace")
    else:
        found = connection.execute(text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"))
        acts = ("update", "delete", "truncate")
    there = set(found.scalars())
    wanted = (f"{table}_no_{act}" for table in sorted(APPEND_ONLY) for act in acts)
    return [guard for guard in wanted if guard not in there]


def grant(connection: Connection, role: str) -> None:
    """Let `role` run the app on PostgreSQL: it may append to the ledger and never alter it."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(
        text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
    )
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for table in sorted(APPEND_ONLY):
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}"))


def _sqlite(table: str) -> list[str]:
    key = "seq" if table == "ledger_entry" else "id"
    exists = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608  ours
    acts = (("update", "UPDATE", ""), ("delete", "DELETE", ""), ("replace", "INSERT", exists))
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{name} BEFORE {act} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for name, act, when in acts
    ]


def _postgres(table: str) -> list[str]:
    acts = (("update", "FOR EACH ROW"), ("delete", "FOR EACH ROW"), ("truncate", ""))
    return [
        f"CREATE OR REPLACE TRIGGER {table}_no_{act} BEFORE {act} ON {table} {each} "
        "EXECUTE FUNCTION patrol_append_only()"
        for act, each in acts
    ]
