"""The way up and down between revisions, on both databases."""

import re

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from patrol.core.store import Database
from patrol.ledger import guards
from patrol.paths import MIGRATIONS
from patrol.tables import create_all, metadata, prepare
from tests.postgres import drop, postgres_url


def config(connection=None):
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'patrol.db'}" if request.param == "sqlite" else postgres_url()
    database = Database(url, owner=True)
    with database.engine.connect().execution_options(write=True) as opened, opened.begin():
        prepare(opened)
        yield opened
    database.close()
    if request.param == "postgresql":
        drop(url)


def ours(connection):
    """Every table of the house with its columns, indices and keys, in plain values."""
    seen = inspect(connection)
    return {
        table: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in columns),
            "indices": sorted((i["name"], *i["column_names"]) for i in seen.get_indexes(table)),
            "foreign": sorted(
                (*f["constrained_columns"], f["referred_table"])
                for f in seen.get_foreign_keys(table)
            ),
            "unique": sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(table)),
        }
        for table in sorted(metadata().tables)
        if (columns := seen.get_columns(table))
    }


def test_migrating_gives_the_same_tables_as_the_models(connection, tmp_path):
    command.upgrade(config(connection), "head")
    migrated = ours(connection)

    other_url = (
        f"sqlite:///{tmp_path / 'other.db'}"
        if connection.dialect.name == "sqlite"
        else postgres_url()
    )
    other = Database(other_url, owner=True)
    with other.engine.connect().execution_options(write=True) as fresh, fresh.begin():
        create_all(fresh)
        assert migrated == ours(fresh)
    other.close()


def test_models_ask_for_nothing_that_no_revision_makes(connection):
    command.upgrade(config(connection), "head")

    command.check(config(connection))


def test_the_ledger_is_guarded_after_every_revision(connection):
    for revision in reversed(list(ScriptDirectory.from_config(config()).walk_revisions())):
        command.upgrade(config(connection), revision.revision)

        assert guards.missing(connection) == []


def test_everything_can_be_taken_away_and_made_again(connection):
    command.upgrade(config(connection), "head")
    made = ours(connection)

    command.downgrade(config(connection), "base")
    left = set(inspect(connection).get_table_names()) & set(metadata().tables)
    command.upgrade(config(connection), "head")

    assert left == set()
    assert ours(connection) == made


def test_a_cell_is_found_through_the_index_of_a_migrated_database(connection):
    command.upgrade(config(connection), "head")

    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT name FROM sqlite_master WHERE name = 'idx_cell_boundary'")
        )
    else:
        found = connection.execute(
            text("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%gist (boundary)%'")
        )

    assert found.first() is not None


def test_revisions_are_numbered_in_one_line():
    script = ScriptDirectory.from_config(config())
    revisions = [revision.revision for revision in script.walk_revisions()]

    assert len(script.get_heads()) == 1
    assert all(re.fullmatch(r"\d{4}", name) for name in revisions)
    assert sorted(revisions, reverse=True) == revisions
