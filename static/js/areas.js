/**
 * Thousands of outlines as one layer of a Leaflet map, drawn in batches of one look: a layer for
 * each would cost a phone more than all the drawing. Coordinates are kept as points of the world at
 * zoom 0, in one array for each ring: x, y, x, y, …
 */
const BATCH = 250; // outlines in one path: fewer strokes, none of them long
const NEAR = 0.5; // pixels: a corner nearer to the last one is left out
const BASE = { fill: true, stroke: true, lineCap: "round", lineJoin: "round" };

const ringsOf = ({ type, coordinates }) => (type === "Polygon" ? coordinates : coordinates.flat());

/** What encloses rings: [west, north, east, south] as they are counted. */
export function boxOf(rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let at = 0; at < ring.length; at += 2) {
      box[0] = Math.min(box[0], ring[at]);
      box[1] = Math.min(box[1], ring[at + 1]);
      box[2] = Math.max(box[2], ring[at]);
      box[3] = Math.max(box[3], ring[at + 1]);
    }
  }
  return box;
}

/** Whether a place lies within rings; one inside another is a hole. */
export function holds(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    for (let at = 0, before = ring.length - 2; at < ring.length; before = at, at += 2) {
      const [x1, y1, x2, y2] = [ring[at], ring[at + 1], ring[before], ring[before + 1]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

const overlap = (one, other) => one[0] <= other[2] && one[2] >= other[0] && one[1] <= other[3] && one[3] >= other[1];

/**
 * A layer of the features of a GeoJSON collection. `lookOf(code)` gives the style of each, `chosen()`
 * [code, style] of the one to lie over all others. `under` is the feature under the last pointer.
 */
export default function areas(found, { Bounds, Path, latLng, latLngBounds }, { lookOf, chosen }) {
  const Areas = Path.extend({
    options: { weight: 4 }, // the widest
    under: null,

    beforeAdd(map) {
      Path.prototype.beforeAdd.call(this, map);
      this.view = map;
      this.all = new Map(found.features.map(({ properties, geometry }) => {
        const rings = ringsOf(geometry).map((ring) => Float64Array.from(ring.flatMap(([lon, lat]) => { const { x, y } = map.project(latLng(lat, lon), 0); return [x, y]; })));
        return [properties.c, { ...properties, rings, box: boxOf(rings) }];
      }));
      this.box = boxOf([...this.all.values()].map(({ box }) => box));
    },
    boundsOf([west, north, east, south]) {
      const place = (x, y) => this.view.unproject([x, y], 0);
      return latLngBounds(place(west, north), place(east, south));
    },
    getBounds() { return this.all.size ? this.boundsOf(this.box) : latLngBounds([]); },

    // As Leaflet's canvas asks it of a path:
    _project() {
      this.scale = this.view.getZoomScale(this.view.getZoom(), 0);
      this.origin = this.view.getPixelOrigin();
      const at = (x, y) => [x * this.scale - this.origin.x, y * this.scale - this.origin.y];
      const [west, north, east, south] = this.box;
      this._pxBounds = this.all.size ? new Bounds(at(west, north), at(east, south)) : new Bounds();
    },
    _update() {},
    _containsPoint({ x, y }) {
      const [east, south] = [(x + this.origin.x) / this.scale, (y + this.origin.y) / this.scale];
      this.under = [...this.all.values()].find(({ box, rings }) => overlap(box, [east, south, east, south]) && holds(rings, east, south)) ?? null;
      return this.under !== null;
    },
    _updatePath() {
      const { _bounds: { min, max }, _drawing } = this._renderer;
      if (!_drawing) return;
      const [code, style] = chosen();
      const seen = [min.x + this.origin.x, min.y + this.origin.y, max.x + this.origin.x, max.y + this.origin.y].map((part) => part / this.scale);
      const alike = new Map();
      for (const area of this.all.values()) {
        if (area.c === code || !overlap(area.box, seen)) continue;
        const look = lookOf(area.c);
        (alike.get(look) ?? alike.set(look, []).get(look)).push(area);
      }
      for (const [look, some] of alike) {
        for (let at = 0; at < some.length; at += BATCH) this.draw(some.slice(at, at + BATCH), look);
      }
      const top = this.all.get(code);
      if (top) this.draw([top], { ...lookOf(code), ...style });
    },
    draw(some, look) {
      const pen = this._renderer._ctx;
      pen.beginPath();
      for (const { rings } of some) for (const ring of rings) this.outline(pen, ring);
      this._renderer._fillStroke(pen, { options: { ...BASE, ...look } });
    },
    outline(pen, ring) {
      const { scale, origin } = this;
      let [lastX, lastY] = [ring[0] * scale - origin.x, ring[1] * scale - origin.y];
      pen.moveTo(lastX, lastY);
      for (let at = 2; at < ring.length - 2; at += 2) {
        const [x, y] = [ring[at] * scale - origin.x, ring[at + 1] * scale - origin.y];
        if (Math.abs(x - lastX) + Math.abs(y - lastY) < NEAR) continue;
        pen.lineTo(x, y);
        [lastX, lastY] = [x, y];
      }
      pen.closePath();
    },
  });
  return new Areas();
}
