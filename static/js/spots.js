/** Answers, from numbers alone, where a spot lies among cells: in which, how far off, which next. */
import onward from "./order.js";

const METRES_A_DEGREE = 111_320; // of latitude, and of longitude at the equator
export const NEAR_ENOUGH = 50; // metres of accuracy that still say in which cell one stands
const APART = 15 * 60_000; // how far 本段 reaches back, ms
const URGENCY = { overdue: 0, never: 1, due_soon: 2, due: 3, fresh: 4, suspended: 5, free: 6 };

/** Metres between two spots; {lon, lat} in WGS 84 degrees. */
export function metres(one, other) {
  const east = (other.lon - one.lon) * METRES_A_DEGREE * Math.cos(((one.lat + other.lat) * Math.PI) / 360);
  const north = (other.lat - one.lat) * METRES_A_DEGREE;
  return Math.hypot(east, north);
}

function crosses([ax, ay], [bx, by], { lon, lat }) {
  return ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax;
}

/** Whether `spot` lies in a MultiPolygon; a second ring is a hole. */
export function inside(polygons, spot) {
  let within = false;
  for (const ring of polygons.flat()) {
    for (let at = 0, before = ring.length - 1; at < ring.length; before = at++) {
      if (crosses(ring[before], ring[at], spot)) within = !within;
    }
  }
  return within;
}

function metresToEdge([ax, ay], [bx, by], spot) {
  const squeeze = Math.cos((spot.lat * Math.PI) / 180);
  const [dx, dy] = [(bx - ax) * squeeze, by - ay];
  const [px, py] = [(spot.lon - ax) * squeeze, spot.lat - ay];
  const along = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - along * dx, py - along * dy) * METRES_A_DEGREE;
}

/** Metres from `spot` to a MultiPolygon; 0 inside. */
export function metresTo(polygons, spot) {
  if (inside(polygons, spot)) return 0;
  const edges = polygons.flat().flatMap((ring) => ring.slice(1).map((end, at) => metresToEdge(ring[at], end, spot)));
  return Math.min(...edges);
}

/** Whether the straight way from one spot to another runs through a MultiPolygon. */
export function through(polygons, from, to) {
  if (inside(polygons, from) || inside(polygons, to)) return true;
  const side = ([ax, ay], [bx, by], { lon, lat }) => Math.sign((bx - ax) * (lat - ay) - (by - ay) * (lon - ax));
  const [start, end] = [from, to].map(({ lon, lat }) => [lon, lat]);
  const meet = (a, b) => {
    const of = ([lon, lat]) => ({ lon, lat });
    return side(a, b, from) !== side(a, b, to) && side(start, end, of(a)) !== side(start, end, of(b));
  };
  return polygons.flat().some((ring) => ring.slice(1).some((corner, at) => meet(ring[at], corner)));
}

/** The cell `spot` lies in, or undefined; only a good position may name one. */
export const cellAt = (cells, spot) =>
  spot.accuracy <= NEAR_ENOUGH ? cells.find((cell) => inside(cell.polygons, spot)) : undefined;

/** The cells with their distances: the walk as suggested, then what is due before what is not, then the nearest. */
export function inOrder(cells, spot) {
  const known = cells.map((cell) => ({ ...cell, metres: spot ? metresTo(cell.polygons, spot) : null }));
  const way = onward(known);
  const rest = known.filter((cell) => !way.includes(cell))
    .sort((one, other) => Number(rests(one)) - Number(rests(other)) || near(one, other) || late(one, other));
  return [...way, ...rest];
}

/** Whether nothing is due in a cell. */
export const rests = (cell) => cell.done || URGENCY[cell.state] >= URGENCY.fresh;
const near = (one, other) => (one.metres ?? 0) - (other.metres ?? 0);
const late = (one, other) => URGENCY[one.state] - URGENCY[other.state] || one.number - other.number;

/** Ids of the cells walked in the last 15 minutes, oldest first; `lastSeen` is id → epoch ms. */
export const walked = (lastSeen, now) =>
  Object.entries(lastSeen)
    .filter(([, at]) => now - at <= APART && at <= now)
    .sort(([, one], [, other]) => one - other)
    .map(([id]) => id);

/** A distance as people of `lang` say it: metres to the 5 below 100, else to the 10; kilometres from 1,000. */
export function said(distance, lang) {
  const step = distance < 20 ? 1 : distance < 100 ? 5 : 10;
  const [value, unit] = distance < 1000 ? [Math.round(distance / step) * step, "meter"] : [distance / 1000, "kilometer"];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}

/** Hours and minutes since a moment, as a clock shows them. */
export function elapsed(since, now) {
  const minutes = Math.max(0, Math.floor((now - since) / 60_000));
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
