"""The ground under maps: what is refused, what is served, and what the browser is allowed."""

import gzip
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from pmtiles.tile import TileType

from patrol import config
from patrol.app import create_app
from patrol.cli import main
from patrol.config import Settings, complete
from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.web import basemap
from patrol.web.archive import examine
from tests.browser import Browser
from tests.conftest import NOW
from tests.make import ORIGIN, Make
from tests.web import tiles

ONLINE = {
    "basemap": "https://tiles.example.cn/{z}/{x}/{y}.png?k={key}",
    "basemap_datum": "gcj02",
    "basemap_key": "a key&more",
    "basemap_review": "GS(2026)0001号",
    "basemap_rights": "某图",
}


def with_ground(database: Database, home: Path, **told: str) -> Flask:
    url = database.url.render_as_string(hide_password=False)
    settings = complete(Settings(home=home, database_url=url, clock=NOW.isoformat(), **told))
    app = create_app(settings, database)
    app.testing = True
    return app


@pytest.fixture
def laid(database: Database, make: Make, tmp_path: Path):
    """Sign in to a site with an archive; gives the browser and the page of a grid with a map."""
    tiles.archive(tmp_path / "city.pmtiles", ORIGIN)
    app = with_ground(database, tmp_path, basemap="city.pmtiles", basemap_datum="wgs84")
    street, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid)
    browser = Browser(app, make)
    browser.sign_in(make.person(Role.OFFICER, street))
    yield browser, f"/coverage/{grid.code}"
    clock.tell(None)


def address(browser: Browser) -> str:
    [entry] = [one for one in browser.get("/shift-pack.json").json["take"] if one["kind"] == "map"]
    return entry["url"]


# Archives


def test_an_archive_is_read_as_its_writer_wrote_it(tmp_path: Path):
    found = examine(tiles.archive(tmp_path / "a.pmtiles", ORIGIN))

    assert (found.tiles, found.least, found.most, found.count) == ("png", 13, 17, 125)
    assert found.bounds == pytest.approx((113.61, 34.71, 113.71, 34.81))
    assert found.size == (tmp_path / "a.pmtiles").stat().st_size
    assert found.rights == "© 城市测绘院"


def broken(path: Path, at: int, value: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[at : at + len(value)] = value
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (0, b"PMTilez", "no PMTiles archive"),
        (0, b"SQLite format 3\0", "MBTiles"),
        (7, b"\x02", "version 3"),
        (97, b"\x03", "gzip"),
        (98, b"\x02", "gzip"),
        (99, b"\x01", "vector tiles.*QGIS"),
        (99, b"\x00", "PNG, JPEG, WebP"),
        (64, struct.pack("<Q", 2**40), "cut off"),
        (100, b"\x09\x05", "damaged"),
    ],
)
def test_what_phones_could_not_draw_is_refused_with_what_to_do(
    tmp_path: Path, at: int, value: bytes, said: str
):
    path = broken(tiles.archive(tmp_path / "a.pmtiles", ORIGIN, zooms=range(14, 15)), at, value)

    with pytest.raises(ValueError, match=said):
        examine(path)


@pytest.mark.parametrize("notes", [b"", b"\x1f\x8b broken", b"[1]", b'{"attribution": 7}'])
def test_notes_that_cannot_be_read_name_nobody(tmp_path: Path, notes: bytes):
    path = tiles.archive(tmp_path / "a.pmtiles", ORIGIN, zooms=range(14, 15))
    with path.open("rb") as file:
        file.seek(24)
        offset, length = struct.unpack("<QQ", file.read(16))
    packed = notes if notes[:1] in {b"", b"\x1f"} else gzip.compress(notes)
    broken(path, offset, packed.ljust(length, b"\0")[:length])

    assert examine(path).rights == ""


def test_the_command_tells_what_a_file_holds(tmp_path: Path):
    path = tiles.archive(tmp_path / "a.pmtiles", ORIGIN)

    told = CliRunner().invoke(main, ["basemap", "check", str(path)])

    assert told.exit_code == 0
    assert "125 × png, zooms 13–17" in told.output
    assert "113.61000,34.71000 – 113.71000,34.81000" in told.output


def test_the_command_refuses_vector_tiles(tmp_path: Path):
    path = tiles.archive(tmp_path / "v.pmtiles", ORIGIN, kind=TileType.MVT)

    told = CliRunner().invoke(main, ["basemap", "check", str(path), "--json"])

    assert told.exit_code == 1
    assert "vector tiles" in told.output


# Settings


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"basemap": "gone.pmtiles"}, "PATROL_BASEMAP: .*No such file"),
        ({"basemap": "city.pmtiles"}, "PATROL_BASEMAP_DATUM: .*never guessed"),
        ({"basemap_key": "k"}, "PATROL_BASEMAP_KEY: there is no PATROL_BASEMAP"),
        (ONLINE | {"basemap_key": ""}, "PATROL_BASEMAP_KEY"),
        (ONLINE | {"basemap_review": ""}, "PATROL_BASEMAP_REVIEW: .*审图号"),
        (ONLINE | {"basemap_rights": ""}, "PATROL_BASEMAP_RIGHTS"),
        (ONLINE | {"basemap": "https://a.cn/{z}/{x}.png"}, "{z}, {x} and {y}"),
        (ONLINE | {"basemap": "https://{s}.a.cn/{z}/{x}/{y}.png"}, "{s} means nothing"),
        (ONLINE | {"basemap": "http://a.cn/{z}/{x}/{y}.png"}, "only https"),
        (ONLINE | {"basemap": "https://a.cn; script-src *|/{z}/{x}/{y}"}, "is no host"),
        (ONLINE | {"basemap": "https://u:p@a.cn/{z}/{x}/{y}"}, "is no host"),
        (ONLINE | {"basemap": "https://a.cn/{z}/{x}/{y} "[:-1] + "?a=' b"}, "blank or a quote"),
        ({"basemap": "tianditu", "basemap_review": "GS"}, "PATROL_BASEMAP_KEY"),
    ],
)
def test_a_wrong_basemap_is_named_with_what_it_should_be(tmp_path: Path, told: dict, said: str):
    tiles.archive(tmp_path / "city.pmtiles", ORIGIN, zooms=range(14, 15))

    with pytest.raises(ValueError, match=said):
        basemap.read(complete(Settings(home=tmp_path, **told)))


def test_another_datum_than_those_known_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="PATROL_BASEMAP_DATUM"):
        config.load({"PATROL_HOME": str(tmp_path), "PATROL_BASEMAP_DATUM": "bd09"})


def test_a_command_ends_on_a_wrong_basemap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    monkeypatch.setenv("PATROL_BASEMAP", "gone.pmtiles")

    told = CliRunner().invoke(main, ["doctor"])

    assert told.exit_code == 1
    assert "PATROL_BASEMAP" in told.output


# Pages


def test_without_a_basemap_a_map_asks_for_nothing(browser: Browser, make: Make):
    street, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid)
    browser.sign_in(make.person(Role.OFFICER, street))

    page = browser.get(f"/coverage/{grid.code}")

    assert "data-tiles" not in page.text
    assert "img-src 'self' blob: data:;" in page.headers["Content-Security-Policy"]
    assert "map" not in {one["kind"] for one in browser.get("/shift-pack.json").json["take"]}


def test_a_map_over_an_archive_names_it_by_its_hash_and_whose_it_is(laid):
    browser, page = laid

    text = browser.get(page).text

    assert f'data-tiles="{address(browser)}" data-tiles-datum="wgs84"' in text
    assert 'data-tiles-zooms="13 17" data-rights="© 城市测绘院"' in text


def test_the_archive_is_served_by_pieces_for_ever(laid, tmp_path: Path):
    browser, _ = laid
    url, content = address(browser), (tmp_path / "city.pmtiles").read_bytes()

    whole = browser.get(url)
    piece = browser.client.get(url, headers={"Range": "bytes=100-163"})
    beyond = browser.client.get(url, headers={"Range": f"bytes={len(content)}-"})
    same = browser.client.get(url, headers={"If-None-Match": whole.headers["ETag"]})

    assert whole.data == content
    assert whole.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert (piece.status_code, piece.data) == (206, content[100:164])
    assert piece.headers["Content-Range"] == f"bytes 100-163/{len(content)}"
    assert (beyond.status_code, same.status_code) == (416, 304)


def test_another_hash_is_not_found_and_a_new_file_gets_a_new_one(laid, tmp_path: Path):
    browser, _ = laid
    before = address(browser)
    tiles.archive(tmp_path / "new.pmtiles", ORIGIN, zooms=range(14, 15))
    (tmp_path / "new.pmtiles").replace(tmp_path / "city.pmtiles")

    assert address(browser) != before
    browser.get(before, status=404)


def test_a_site_whose_archive_is_gone_goes_on_without(laid, tmp_path: Path):
    browser, page = laid
    (tmp_path / "city.pmtiles").unlink()

    assert "data-tiles" not in browser.get(page).text
    assert "map" not in {one["kind"] for one in browser.get("/shift-pack.json").json["take"]}


def test_the_archive_is_for_people_signed_in(laid):
    browser, _ = laid
    url = address(browser)
    browser.client.delete_cookie("patrol")

    assert browser.client.get(url).status_code == 303


def test_an_online_source_opens_the_policy_for_its_host_alone(
    database: Database, make: Make, tmp_path: Path
):
    app = with_ground(database, tmp_path, **ONLINE)
    street, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid)
    browser = Browser(app, make)
    browser.sign_in(make.person(Role.OFFICER, street))

    page = browser.get(f"/coverage/{grid.code}")
    clock.tell(None)

    policy = page.headers["Content-Security-Policy"]
    assert "img-src 'self' blob: data: https://tiles.example.cn;" in policy
    assert policy.count("https:") == 1
    assert "connect-src 'self';" in policy
    assert "/{z}/{x}/{y}.png?k=a%20key%26more" in page.text
    assert 'data-rights="某图 · 审图号 GS(2026)0001号"' in page.text


def test_tianditu_lays_its_names_over_its_ground(tmp_path: Path):
    told = {"basemap": "tianditu", "basemap_key": "k", "basemap_review": "GS(2024)0568号"}

    found = basemap.read(complete(Settings(home=tmp_path, **told)))

    assert found is not None
    assert (found.host, found.datum, found.rights) == (
        "https://t0.tianditu.gov.cn",
        "cgcs2000",
        "天地图",
    )
    assert [url.split("&")[3] for url in found.addresses] == ["LAYER=vec", "LAYER=cva"]
    assert all(url.endswith("&tk=k") for url in found.addresses)
