"""The pages of the grid, and the outlines maps ask for."""

from patrol.core.roles import Role


def test_the_tree_shows_what_lies_below_the_own_post(browser, make):
    street, community, grid = make.tree()
    make.cells(grid, 3)
    other = make.grid(name="别处")
    browser.sign_in(make.person(Role.HEAD, community))

    page = browser.get("/grids").text

    assert community.name in page
    assert grid.name in page
    assert street.name not in page
    assert other.name not in page


def test_a_grid_shows_its_cells_and_leads_to_whoever_answers(browser, make):
    grid = make.grid()
    cells = make.cells(grid, 3)
    browser.sign_in(make.person(Role.HEAD, grid))

    page = browser.get(f"/grids/{grid.code}").text

    for cell in cells:
        assert f"place={cell.code}" in page


def test_a_grid_of_somebody_else_is_not_there(browser, make):
    grid = make.grid()
    browser.sign_in(make.person(Role.HEAD, make.grid()))

    for path in ("", "/cells.geojson", "/grids.geojson"):
        browser.get(f"/grids/{grid.code}{path}", status=404)
    browser.get("/grids/none", status=404)


def test_outlines_are_compact_and_kept_by_their_tag(browser, make):
    grid = make.grid()
    cells = make.cells(grid, 3)
    browser.sign_in(make.person(Role.HEAD, grid))

    first = browser.get(f"/grids/{grid.code}/cells.geojson")

    features = first.json["features"]
    assert [one["properties"]["c"] for one in features] == [cell.code for cell in cells]
    west = min(lon for lon, _ in features[0]["geometry"]["coordinates"][0])
    assert west == round(cells[0].lon - 0.0005, 5)
    browser.get(
        f"/grids/{grid.code}/cells.geojson", status=304, If_None_Match=first.headers["ETag"]
    )
    make.cells(make.grid(grid, tier=3), 1)
    browser.get(f"/grids/{grid.code}/cells.geojson", If_None_Match=first.headers["ETag"])


def test_outlines_of_the_grids_below_or_of_the_grid_itself(browser, make):
    street, community, grid = make.tree()
    browser.sign_in(make.person(Role.HEAD, street))

    below = browser.get(f"/grids/{street.code}/grids.geojson").json
    own = browser.get(f"/grids/{grid.code}/grids.geojson").json

    assert [one["properties"]["c"] for one in below["features"]] == [community.code]
    assert [one["properties"]["c"] for one in own["features"]] == [grid.code]


def test_pages_of_many_cells_follow_each_other(browser, make):
    grid = make.grid()
    make.cells(grid, 70)
    browser.sign_in(make.person(Role.HEAD, grid))

    assert "page=2" in browser.get(f"/grids/{grid.code}").text
    assert "page=1" in browser.get(f"/grids/{grid.code}?page=2").text
    browser.get(f"/grids/{grid.code}?page=999")
