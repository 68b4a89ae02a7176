"""The ground under maps, by eye: where its pictures lie, without a network, online, in the dark."""

import io
from collections.abc import Callable, Iterator
from math import hypot

import numpy as np
import pytest
from geoalchemy2.shape import to_shape
from PIL import Image
from playwright.sync_api import Page, expect

from patrol.core.geo import gcj02_from_wgs84
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.site import Site
from tests.web import tiles

pytestmark = pytest.mark.timeout(300)
Opened = Callable[..., Page]
PLACED = """([lon, lat]) => {
  const svg = document.querySelector(".ground-map"), on = svg.dataset, to = svg.getScreenCTM();
  const spot = new DOMPoint((lon - on.lon) * on.east, (on.lat - lat) * 111320);
  const { x, y } = spot.matrixTransform(to);
  return { x, y, scale: to.a };
}"""
PROJECTED = """async ([root, datum, places]) => {
  const leaflet = await import(`${root}/vendor/leaflet/leaflet.js`);
  const { bent } = await import(`${root}/js/basemap.js`);
  const { source } = await import(`${root}/js/tiles.js`);
  const from = source({ tiles: "/basemap/x.pmtiles", tilesDatum: datum, tilesZooms: "1 18" });
  const crs = bent(from, leaflet);
  return places.map(([lon, lat]) => {
    const point = crs.latLngToPoint(leaflet.latLng(lat, lon), 18);
    const { lng, lat: north } = crs.pointToLatLng(point, 18);
    return [point.x / 256, point.y / 256, lng, north];
  });
}"""


@pytest.fixture
def city(tmp_path) -> Iterator[Site]:
    site = Site(f"sqlite:///{tmp_path / 'patrol.db'}", tmp_path)
    site.settle()
    yield site
    site.stop()


@pytest.fixture
def opened(chromium, city: Site) -> Iterator[Opened]:
    contexts = []

    def open_(login="officer", *, device=PHONE, scheme="light"):
        context = chromium.new_context(
            **device, locale="zh-CN", color_scheme=scheme, base_url=city.url
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        city.sign_in(page, login)
        return page

    yield open_
    for context in contexts:
        context.close()


def middle(*things) -> tuple[float, float]:
    """The middle of the box round cells or grids."""
    west, south, east, north = zip(*(to_shape(one.boundary).bounds for one in things), strict=True)
    return (min(west) + max(east)) / 2, (min(south) + max(north)) / 2


def over_archive(city: Site, datum: str, mark: tuple[float, float]) -> None:
    """Serve the city over an archive with a magenta dot at a place."""
    tiles.archive(
        city.home / "city.pmtiles", mark, zooms=range(13, 19), around=4, mark=mark, datum=datum
    )
    city.environ |= {"PATROL_BASEMAP": "city.pmtiles", "PATROL_BASEMAP_DATUM": datum}
    city.start()


def seen(page: Page, colour: Callable[..., np.ndarray]) -> tuple[float, float]:
    """The middle of what has this colour on the map, in the page's pixels."""
    page.wait_for_timeout(800)  # pictures fade in
    shown = page.locator(".map, .ground-map")
    box, picture = shown.bounding_box(), Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    rows, columns = np.nonzero(colour(*np.moveaxis(np.asarray(picture).astype(int), 2, 0)))
    assert len(rows) > 8, "it is not to be seen"
    share = picture.width / box["width"]
    return box["x"] + (columns.mean() + 0.5) / share, box["y"] + (rows.mean() + 0.5) / share


def magenta(red, green, blue):
    return (red > green + 60) & (blue > green + 60) & (red > 180)


def accent(red, green, blue):
    return (red < 40) & (abs(green - 61) < 12) & (abs(blue - 138) < 16)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_a_walk_shows_the_carried_map_where_it_belongs_with_nobody_to_answer(
    city: Site, opened: Opened, datum: str
):
    mark = middle(*city.cells)
    over_archive(city, datum, mark)
    phone = opened()
    phone.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.goto("/")
    phone.click("#pack button")
    size = (city.home / "city.pmtiles").stat().st_size / 1e6
    expect(phone.locator("#pack [data-slot=told]")).to_contain_text(f"地图 {size:.1f} MB")

    city.cut()
    phone.goto(f"/rounds/new?grid={city.grid.id}")
    expect(phone.locator(".ground-map .tiles image[href]").first).to_be_attached()
    expect(phone.locator(".ground-box .rights")).to_contain_text("城市测绘院")
    for _ in range(3):
        phone.click("[data-zoom=in]")

    (x, y), wanted = seen(phone, magenta), phone.evaluate(PLACED, list(mark))
    assert hypot(x - wanted["x"], y - wanted["y"]) / wanted["scale"] < 1.0


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_on_a_map_of_coverage_a_position_lies_where_the_online_picture_has_it(
    city: Site, opened: Opened, datum: str
):
    mark = middle(city.grid)
    with tiles.served(mark, datum) as (address, asked):
        city.environ |= {
            "PATROL_BASEMAP": f"{address}/{{z}}/{{x}}/{{y}}.png?k={{key}}",
            "PATROL_BASEMAP_DATUM": datum,
            "PATROL_BASEMAP_KEY": "k1",
            "PATROL_BASEMAP_REVIEW": "GS(2026)0001号",
            "PATROL_BASEMAP_RIGHTS": "某图",
        }
        city.start()
        desk = opened("squad", device=DESK)
        refused: list[str] = []
        desk.on("console", lambda told: refused.append(told.text) if told.type == "error" else None)
        desk.goto(f"/coverage/{city.grid.code}")
        expect(desk.locator(".map[data-ready]")).to_be_visible()
        expect(desk.locator(".leaflet-control-attribution")).to_have_text(
            "某图 · 审图号 GS(2026)0001号"
        )
        for _ in range(4):
            desk.click(".leaflet-control-zoom-in")
            desk.wait_for_timeout(400)
        desk.wait_for_load_state("networkidle")

        x, y = seen(desk, magenta)
        desk.eval_on_selector(
            ".map",
            "(map, [lon, lat]) => map.dispatchEvent("
            "new CustomEvent('map:me', { detail: { lon, lat, accuracy: 1 } }))",
            list(mark),
        )
        me = seen(desk, accent)

    assert hypot(x - me[0], y - me[1]) < 2.5  # pixels of at most 0.4 m
    assert refused == []
    assert asked
    assert all(path.endswith("?k=k1") for path in asked)


def test_the_bent_projection_is_the_servers_to_a_metre(city: Site, opened: Opened):
    city.start()
    page = opened()
    root = page.locator("script[type=module]").get_attribute("src").removesuffix("/js/app.js")
    places = [(113.66 + step / 97, 34.7 + step / 131) for step in range(20)]
    metre = 256 * 2**18 / 40_075_016.7 / 256 / 0.82  # in tiles of zoom 18, at this latitude

    for datum in ("wgs84", "gcj02"):
        told = page.evaluate(PROJECTED, [root, datum, places])

        for place, (x, y, lon, lat) in zip(places, told, strict=True):
            moved = tuple(map(float, gcj02_from_wgs84(*place))) if datum == "gcj02" else place
            column, row = tiles.column_row(*moved, 18)
            assert hypot(x - column, y - row) < metre / 1000
            assert hypot(lon - place[0], lat - place[1]) < 1e-8


def test_a_phone_without_room_says_that_the_map_is_missing(city: Site, opened: Opened):
    over_archive(city, "wgs84", middle(*city.cells))
    phone = opened()
    phone.goto("/")
    phone.evaluate(
        "() => { navigator.storage.estimate = async () => ({ quota: 1000, usage: 990 }); }"
    )

    phone.click("#pack button")

    expect(phone.locator("#pack[data-tone=bad] [data-slot=told]")).to_contain_text("中缺 1 项")
