"""`patrol grid` as an administrator types it, on both databases."""

import json

import pytest
from click.testing import CliRunner

from patrol.cli import main
from patrol.core.roles import Role
from patrol.grid.model import Cell, Grid

AREAS = [("410105001", "经八路街道", 113.60, 113.61), ("410105002", "花园路街道", 113.61, 113.62)]


@pytest.fixture
def patrol(database, tmp_path, monkeypatch):
    """Run a command on this test's database."""
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    monkeypatch.setenv("PATROL_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("PATROL_DATABASE_URL", database.url.render_as_string(hide_password=False))

    def run(*words, code=0):
        result = CliRunner().invoke(main, ["grid", *map(str, words)])
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def file(tmp_path):
    def write(*areas):
        features = [
            {
                "type": "Feature",
                "properties": {"code": code, "name": name},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[w, 34.7], [e, 34.7], [e, 34.71], [w, 34.71], [w, 34.7]]],
                },
            }
            for code, name, w, e in areas
        ]
        path = tmp_path / "areas.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path

    return write


def test_a_boundary_goes_in_and_cells_come_out(patrol, file, make):
    patrol("import", file(*AREAS), "--tier", 1, "--datum", "wgs84")
    report = json.loads(patrol("generate", "--all", "--size", 100, "--json").stdout)

    assert report["grids"] == 2
    assert report["cells"] == len(make.rows(Cell)) > 150
    assert json.loads(patrol("check", "--json").stdout) == {"faults": [], "sound": True}


def test_a_dry_run_stores_nothing(patrol, file, make):
    report = json.loads(
        patrol(
            "import", file(*AREAS), "--tier", 1, "--datum", "wgs84", "--dry-run", "--json"
        ).stdout
    )

    assert (report["new"], report["stored"]) == (["410105001", "410105002"], False)
    assert make.rows(Grid) == []


def test_faults_are_named_and_end_the_command(patrol, file, make):
    overlapping = [AREAS[0], ("410105002", "花园路街道", 113.609, 113.62)]

    refused = patrol("import", file(*overlapping), "--tier", 1, "--datum", "wgs84", code=1)

    assert "410105001" in refused.output
    assert "113.6095" in refused.output
    assert make.rows(Grid) == []


def test_repair_says_how_much_it_changed(patrol, file, make):
    overlapping = [AREAS[0], ("410105002", "花园路街道", 113.609, 113.62)]

    done = patrol("import", file(*overlapping), "--tier", 1, "--datum", "wgs84", "--repair")

    assert "平方米" in done.output
    assert len(make.rows(Grid)) == 2


def test_nothing_is_imported_without_a_datum(patrol, file):
    assert "--datum" in patrol("import", file(*AREAS), "--tier", 1, code=2).output
    patrol("import", file(*AREAS), "--tier", 1, "--datum", "bd09", code=1)


def test_the_real_suzhou_file_is_refused_in_words(patrol, shared):
    path = shared / "boundaries/suzhou_sip_responsibility_grid_localcrs.json"

    assert "epsg:N" in patrol("import", path, "--tier", 1, "--datum", "wgs84", code=1).output


def test_a_place_leads_to_its_cell_its_grids_and_whoever_answers(patrol, make):
    street, community, grid = make.tree()
    cell = make.cells(grid, 2)[1]
    make.person(Role.WORKER, grid, name="王小明")

    answer = json.loads(patrol("at", cell.lon, cell.lat, "--json").stdout)

    assert answer["cell"]["code"] == cell.code
    assert [one["code"] for one in answer["grids"]] == [grid.code, community.code, street.code]
    assert answer["answers"]["territory"][0]["answers"] == "王小明"
    assert "王小明" in patrol("at", cell.lon, cell.lat).output


def test_a_past_moment_is_asked_with_the_city_s_time(patrol, make):
    grid = make.grid()
    cell = make.cells(grid, 1)[0]

    patrol("at", cell.lon, cell.lat, "--time", "2026-11-01T08:00", "--json")
    patrol("at", cell.lon, cell.lat, "--time", "2020-01-01", code=1)
    patrol("at", cell.lon, cell.lat, "--time", "yesterday", code=1)


@pytest.mark.parametrize(("lon", "lat"), [("NaN", "34"), ("34.7", "113.6"), ("100", "20")])
def test_a_place_that_is_none_or_outside_ends_with_a_sentence(patrol, make, lon, lat):
    make.grid()

    assert "Error" in patrol("at", lon, lat, code=1).output


def test_cutting_needs_to_know_where(patrol):
    patrol("generate", code=2)
    patrol("generate", "--within", "none", code=1)
    patrol("generate", "--all", code=1)


def test_tiers_are_named_on_the_command_line(patrol, make):
    assert patrol("tiers", "市=City", "区=District", "街道=Street", "社区").output.splitlines() == [
        "1 市 City", "2 区 District", "3 街道 Street", "4 社区 社区",
    ]  # fmt: skip


def test_a_grid_is_split_exported_and_sound_from_the_shell(patrol, file, make, tmp_path):
    patrol("import", file(*AREAS), "--tier", 1, "--datum", "wgs84")
    patrol("generate", "--all", "--size", 200)
    line = "113.6052,34.6 113.6052,34.8"
    words = (
        "--code",
        "W",
        "--name",
        "西",
        "--other-code",
        "E",
        "--other-name",
        "东",
        "--line",
        line,
    )

    told = patrol("change", "split", AREAS[0][0], *words, "--json")
    patrol("check")
    patrol("export", "W", tmp_path / "w.gpkg")

    assert json.loads(told.stdout)["state"] == "done"
    assert {grid.code for grid in make.rows(Grid) if not grid.valid_to} == {"W", "E", AREAS[1][0]}
    assert (tmp_path / "w.gpkg").stat().st_size > 1000
    patrol("change", "split", AREAS[1][0], *words, code=1)  # the codes are taken
    patrol("change", "split", AREAS[1][0], "--code", "x" * 40, code=2)
    patrol("export", "W", tmp_path / "w.doc", code=2)


def test_a_change_waits_for_its_day_and_a_table_of_objects_is_judged(patrol, file, tmp_path):
    patrol("import", file(*AREAS), "--tier", 1, "--datum", "wgs84")

    told = patrol(
        "change", "rename", AREAS[0][0], "--name", "新名", "--from", "2999-01-01", "--json"
    )
    table = tmp_path / "objects.csv"
    table.write_text("编号,名称,类别,坐标\nS1,三号工地,工地,113.605;34.705\n", "utf-8")
    patrol("objects", table, "--datum", "wgs84", code=1)
    table.write_text('编号,名称,类别,坐标\nS1,三号工地,工地,"113.605,34.705"\n', "utf-8")
    patrol("objects", table, "--datum", "wgs84")

    assert json.loads(told.stdout)["state"] == "planned"
