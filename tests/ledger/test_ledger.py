"""The ledger chains every act in its own transaction, and shows what was changed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from patrol.core.store import Database
from patrol.ledger import guards, queries
from patrol.ledger.rules import canonical
from patrol.ledger.service import note
from tests import postgres

AT = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
TAMPERINGS = {
    "an edited time": "UPDATE ledger_entry SET at = '2026-11-06 02:00:01.000000' WHERE seq = 3",
    "an edited kind": "UPDATE ledger_entry SET kind = 'finding.closed' WHERE seq = 3",
    "an edited subject": "UPDATE ledger_entry SET subject = 'finding:other' WHERE seq = 3",
    "an edited commitment": "UPDATE ledger_entry SET commitment = repeat('0', 64) WHERE seq = 3",
    "an edited hash": "UPDATE ledger_entry SET hash = repeat('a', 64) WHERE seq = 3",
    "a removed middle": "DELETE FROM ledger_entry WHERE seq = 3",
    "a removed tail": "DELETE FROM ledger_entry WHERE seq = 5",
    "a removed payload": "DELETE FROM ledger_payload WHERE seq = 3",
    "a forged payload": "UPDATE ledger_payload SET payload = salt WHERE seq = 3",
    "swapped salts": "UPDATE ledger_payload SET salt = payload WHERE seq = 3",
    "a moved head": "UPDATE ledger_head SET seq = 4",
    "a rewritten head": "UPDATE ledger_head SET hash = repeat('b', 64)",
    "an inserted line": (
        "INSERT INTO ledger_entry (seq, at, kind, subject, commitment, prev_hash, hash) SELECT "
        "6, at, kind, subject, commitment, repeat('c', 64), repeat('d', 64) FROM ledger_entry "
        "WHERE seq = 5"
    ),
    "swapped lines": "UPDATE ledger_entry SET seq = 100 - seq WHERE seq IN (2, 3)",
}


@pytest.fixture
def chained(database: Database) -> Database:
    """A ledger of five acts in two transactions."""
    for kinds in (("round.started", "visit.made"), ("finding.recorded", "a.b", "round.ended")):
        with database.transaction() as session:
            for kind in kinds:
                note(session, None, kind, "thing:1", {"kind": kind}, at=AT)
    return database


def test_what_was_noted_is_numbered_without_gaps_and_verifies(chained: Database) -> None:
    with chained.reading() as session:
        verdict = queries.verify(session)

    assert verdict.sound
    assert verdict.entries == 5


def test_an_act_that_is_rolled_back_leaves_no_line(chained: Database) -> None:
    def break_off() -> None:
        with chained.transaction() as session:
            note(session, None, "finding.recorded", "finding:1", {}, at=AT)
            raise LookupError

    with pytest.raises(LookupError):
        break_off()

    with chained.reading() as session:
        assert queries.size(session) == 5


@pytest.mark.parametrize("how", TAMPERINGS)
def test_tampering_behind_the_guards_is_found(chained: Database, how: str) -> None:
    tamper(chained, TAMPERINGS[how])

    with chained.reading() as session:
        verdict = queries.verify(session)

    assert not verdict.sound


def test_the_first_bad_entry_is_named(chained: Database) -> None:
    tamper(chained, TAMPERINGS["an edited kind"])

    with chained.reading() as session:
        verdict = queries.verify(session)

    assert (verdict.bad, verdict.fault) == (3, "hash")


ATTACKS = {
    "update": "UPDATE ledger_entry SET kind = 'x' WHERE seq = 2",
    "delete": "DELETE FROM ledger_entry WHERE seq = 2",
    "replace": (
        "INSERT OR REPLACE INTO ledger_entry (seq, at, kind, subject, commitment, prev_hash, hash)"
        " VALUES (2, '2026-01-01', 'x', 'x', 'x', 'x', 'x')"
    ),
    "drop the guard": "DROP TRIGGER ledger_entry_no_update",
    "drop the table": "DROP TABLE ledger_entry",
    "rename the table": "ALTER TABLE ledger_entry RENAME TO gone",
    "another database": "ATTACH ':memory:' AS other",
    "write the schema": "PRAGMA writable_schema = ON",
    "no recursive triggers": "PRAGMA recursive_triggers = OFF",
    "a trigger of one's own": ("CREATE TRIGGER t AFTER INSERT ON ledger_entry BEGIN SELECT 1; END"),
    "rejected": "DELETE FROM rejected_submission",
}
POSTGRES_ATTACKS = {
    "update": ATTACKS["update"],
    "delete": ATTACKS["delete"],
    "truncate": "TRUNCATE ledger_entry CASCADE",
    "upsert": (
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE seq = 2 "
        "ON CONFLICT (seq) DO UPDATE SET kind = 'x'"
    ),
    "drop the guard": "DROP TRIGGER ledger_entry_no_update ON ledger_entry",
    "disable the guard": "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "drop the table": "DROP TABLE ledger_entry CASCADE",
    "replica role": "SET session_replication_role = replica",
    "rejected": "DELETE FROM rejected_submission",
}


@pytest.mark.parametrize("how", sorted({*ATTACKS, *POSTGRES_ATTACKS}))
def test_the_app_cannot_change_the_past(chained: Database, kind: str, how: str) -> None:
    attacks = ATTACKS if kind == "sqlite" else POSTGRES_ATTACKS
    if how not in attacks:
        pytest.skip("no such attack on this database")
    app = as_app(chained)

    with pytest.raises(
        Exception, match=r"append-only|not authorized|permission|must be owner|prohib|denied"
    ):
        attack(app, attacks[how])

    with chained.reading() as session:
        assert queries.verify(session).sound
    app.close()


def test_even_the_owner_meets_the_guards(chained: Database, kind: str) -> None:
    owner = Database(chained.url.render_as_string(hide_password=False), owner=True)

    with pytest.raises(Exception, match="append-only"):
        attack(owner, ATTACKS["update"])

    with owner.engine.connect() as connection:
        assert guards.missing(connection) == []
    owner.close()


def test_the_app_still_appends_when_it_owns_nothing(chained: Database) -> None:
    app = as_app(chained)

    with app.transaction() as session:
        note(session, None, "round.started", "round:2", {}, at=AT)

    with app.reading() as session:
        assert queries.verify(session).entries == 6
    app.close()


facts = st.dictionaries(
    st.text(max_size=8),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    max_size=5,
)  # fmt: skip


@given(facts)
def test_the_same_facts_give_the_same_bytes_in_any_order(told: dict[str, Any]) -> None:
    assert canonical(told) == canonical(dict(reversed(told.items())))


def attack(database: Database, statement: str) -> None:
    with Session(database.engine) as session:
        session.connection(execution_options={"write": True})
        session.execute(text(statement))
        session.commit()


def tamper(database: Database, statement: str) -> None:
    """Change the past as somebody could who holds the file, or is superuser."""
    url = database.url.render_as_string(hide_password=False)
    if database.is_sqlite:
        statement = statement.replace("repeat('0', 64)", f"'{'0' * 64}'")
        for letter in "abcd":
            statement = statement.replace(f"repeat('{letter}', 64)", f"'{letter * 64}'")
        owner = Database(url, owner=True)
        with owner.engine.begin() as connection:
            guards.remove(connection)
        lift = "PRAGMA foreign_keys = OFF"
    else:
        owner = Database(postgres.as_superuser(url), owner=True)
        lift = "SET session_replication_role = replica"
    raw = owner.engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute(lift)
    cursor.execute(statement)
    raw.commit()
    raw.close()
    owner.close()


def as_app(database: Database) -> Database:
    """The same database as the app itself opens it: on PostgreSQL by a role that owns nothing."""
    url = database.url.render_as_string(hide_password=False)
    if database.is_sqlite:
        return Database(url)
    owner = Database(url, owner=True)
    with owner.engine.begin() as connection:
        guards.grant(connection, postgres.APP)
    owner.close()
    return Database(postgres.as_app(url))
