"""From a place to its cell and grids, and down the tree, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.grid import queries
from tests.conftest import NOW


@pytest.fixture
def reading(tree, database):
    with database.reading() as session:
        yield session


@pytest.fixture
def tree(make):
    street, community, grid = make.tree()
    return street, community, grid, make.cells(grid, 4)


def test_a_place_leads_to_its_cell_and_up_to_the_top(reading, tree):
    street, community, grid, cells = tree

    cell = queries.cell_at(reading, cells[2].lon, cells[2].lat)

    assert cell.code == cells[2].code
    path = queries.grid_path(reading, cell.grid_id)
    assert [one.code for one in path] == [grid.code, community.code, street.code]


def test_a_place_outside_every_cell_leads_nowhere(reading, tree):
    assert queries.cell_at(reading, 100.0, 20.0) is None
    assert queries.grid_at(reading, 100.0, 20.0) is None


def test_a_place_on_a_common_border_always_leads_to_the_same_cell(reading, tree):
    *_, cells = tree
    lon = (cells[0].lon + cells[1].lon) / 2

    found = {queries.cell_at(reading, lon, cells[0].lat).code for _ in range(3)}

    assert len(found) == 1


def test_a_past_moment_finds_the_cell_of_that_time(make, reading, tree):
    *_, (old, *_) = tree
    with make.database.transaction() as session:
        session.merge(old).valid_to = NOW

    assert queries.cell_at(reading, old.lon, old.lat) is None
    assert queries.cell_at(reading, old.lon, old.lat, at=NOW - timedelta(days=1)).id == old.id
    assert queries.cell_at(reading, old.lon, old.lat, at=make.since - timedelta(days=1)) is None


def test_everything_below_a_grid_is_found_and_nothing_beside_it(make, reading, tree):
    street, community, grid, _ = tree
    make.cells(make.grid(tier=3), 2)

    assert {one.code for one in queries.below(reading, street.id)} == {
        street.code, community.code, grid.code,
    }  # fmt: skip
    assert [card.number for card in queries.cells_below(reading, street)] == [1, 2, 3, 4]
    assert queries.count_cells(reading, community) == 4
    (card,) = queries.children(reading, street)
    assert (card.code, card.grids, card.cells) == (community.code, 1, 4)


def test_a_reader_sees_the_tree_from_the_own_post_down(make, reading, tree):
    _, community, grid, _ = tree
    reader = make.actor(make.person(Role.HEAD, community))

    cards = queries.cards(reading, reader)

    assert [card.code for card in cards] == [community.code, grid.code]
    assert [card.code for card in queries.tops(cards)] == [community.code]


def test_outlines_come_back_as_they_were_stored(reading, tree):
    *_, grid, cells = tree

    shapes = queries.cell_shapes(reading, grid)

    assert [card.code for card, _ in shapes] == [cell.code for cell in cells]
    west, *_ = shapes[0][1].bounds
    assert west == pytest.approx(cells[0].lon - 0.0005)
    assert queries.shape_of(reading, grid.id).area == pytest.approx(0.0004)


def test_a_look_up_still_works_after_the_database_was_vacuumed(database, tree):
    *_, cells = tree
    if database.is_sqlite:
        owner = Database(str(database.url), owner=True)
        raw = owner.engine.raw_connection()
        raw.execute("VACUUM")
        raw.execute("SELECT RecoverSpatialIndex('cell', 'boundary', 1)")
        raw.close()
        owner.close()
    else:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM cell"))

    with database.reading() as session:
        for cell in cells:
            assert queries.cell_at(session, cell.lon, cell.lat).id == cell.id
