import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { shifted, unshifted } from "../../static/js/gcj.js";
import { plane } from "../../static/js/ground.js";
import { among, corner, covering, setting, shown } from "../../static/js/under.js";

const ON = plane({ lon: "113.66", lat: "34.78", east: String(111_320 * Math.cos((34.77 * Math.PI) / 180)) });
const same = (place) => place;
const SOURCES = { wgs84: { onto: same, back: same }, gcj02: { onto: shifted, back: unshifted } };

/** Where the drawing shows the pixel of a tile that a place is drawn at. */
function drawnAt(place, zoom, { onto, back }) {
  const [across, down] = among(onto(place), zoom);
  const tile = [Math.floor(across), Math.floor(down)];
  const [a, b, c, d, e, f] = setting(tile, zoom, ON, back);
  const [x, y] = [across - tile[0], down - tile[1]];
  return [a * x + c * y + e, b * x + d * y + f];
}

for (const [datum, source] of Object.entries(SOURCES)) {
  test(`pictures in ${datum} lie where the cells are, to a metre, at every zoom that walks are seen at`, () => {
    let worst = 0;
    for (let zoom = 14; zoom <= 19; zoom += 1) {
      for (let step = 0; step < 400; step += 1) {
        const place = ON.out([(step % 20) * 100, Math.floor(step / 20) * 100]);
        const [x, y] = drawnAt(place, zoom, source);
        const [wantedX, wantedY] = ON.onto({ lon: place[0], lat: place[1] });
        worst = Math.max(worst, Math.hypot(x - wantedX, y - wantedY));
      }
    }
    assert.ok(worst < 0.5, `${worst} m`);
  });
}

test("columns, rows and places turn into one another", () => {
  const [column, row] = among([113.66, 34.76], 15);
  const [lon, lat] = corner([column, row], 15);
  assert.ok(Math.abs(lon - 113.66) < 1e-9 && Math.abs(lat - 34.76) < 1e-9);
  assert.ok(among([-180, 85.051128779806604], 0).every((each) => Math.abs(each) < 1e-9));
});

test("a window is covered by few pictures, fine enough for the pixels and within what the source has", () => {
  const whole = [0, 0, 2000, 1500];
  const near = covering(whole, 390, ON, { least: 10, most: 18, ...SOURCES.wgs84 });
  assert.equal(near.zoom, 15);
  assert.ok(near.tiles.length >= 4 && near.tiles.length <= 12);
  assert.equal(covering(whole, 390, ON, { least: 10, most: 13, ...SOURCES.wgs84 }).zoom, 13);
  assert.equal(covering([0, 0, 120, 90], 390, ON, { least: 10, most: 17, ...SOURCES.gcj02 }).zoom, 17);
  assert.deepEqual(covering([0, 0, 90_000, 90_000], 390, ON, { least: 18, most: 18, ...SOURCES.wgs84 }).tiles, []);
});

test("what shows beside the drawing is covered too", () => {
  assert.deepEqual(shown([0, 0, 100, 100], [400, 200]), [-50, 0, 200, 100]);
  assert.deepEqual(shown([10, 20, 100, 50], [200, 400]), [10, -55, 100, 200]);
});
