/** Decides which positions make a track, and how points travel: pure, so that tests can walk it. */
import { metres } from "./spots.js";

const MOST = 200; // points of a batch
export const HEARTBEAT = 30_000; // ms; written at least this often, standing still or not
const BLIND = 50; // metres of accuracy beyond which a position says nothing
const FASTEST = 40; // metres a second
const STILL = 180_000; // ms without moving after which the watch may rest

/** A position of the browser as a point: degrees, metres, epoch ms. */
export const pointOf = ({ coords, timestamp }) => ({
  lon: coords.longitude, lat: coords.latitude, accuracy: Math.round(coords.accuracy), at: Math.round(timestamp),
});

/** Whether a point is worth keeping after the last kept one. */
export function worth(last, point) {
  if (!(point.accuracy <= BLIND) || (last && point.at <= last.at)) return false;
  if (!last) return true;
  const moved = metres(last, point);
  const waited = point.at - last.at;
  if (moved > (FASTEST * waited) / 1000) return false;
  return moved >= Math.max(8, point.accuracy / 2) || waited >= HEARTBEAT - 500;
}

/** Whether somebody has stood since `since` (the last point that was a move). */
export const stands = (since, now) => Boolean(since) && now - since.at >= STILL;

/**
 * The next batch out of the kept points, oldest first, or null. The last point of a batch stays
 * behind as `sent` and begins the next, so that no step is lost between two and each batch can be
 * reckoned by itself; before a gap it is of no use. A point alone is no step and waits. Points
 * under an `item` were frozen before a crash and go again as they went.
 */
export function nextBatch(points) {
  const item = points.find((point) => point.item)?.item;
  const waiting = points[0]?.sent && points[1]?.gap ? points.slice(1) : points;
  const batch = item ? points.filter((point) => point.item === item) : waiting.slice(0, MOST);
  return batch.length > 1 ? batch : null;
}

/**
 * The fields of a batch. Points are `lon_lat_accuracy_seconds` after `from`, a gap before one is
 * a lone `-`; nothing in it needs escaping in a form.
 */
export function fields(batch) {
  const from = batch[0].at;
  const words = batch.flatMap((point, at) => [
    ...(point.gap && at ? ["-"] : []),
    [point.lon.toFixed(6), point.lat.toFixed(6), point.accuracy, +((point.at - from) / 1000).toFixed(1)].join("_"),
  ]);
  return [
    ["first", String(batch[0].number)],
    ["from_at", new Date(from).toISOString()],
    ["points", words.join(" ")],
  ];
}
