/** Where the phone is while a page is open: the last good fix, and what became of asking. */

const OPTIONS = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 };
const FRESH = 120_000;

let last = null;

const read = ({ coords, timestamp }) => ({
  lon: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)),
  accuracy: Math.round(coords.accuracy), at: timestamp,
});

/** The last fix, or null when there is none younger than two minutes. */
export const lastFix = (now = Date.now()) => (last && now - last.at < FRESH ? last : null);

/** Calls `told(fix)` with every fix and `failed(code)` when there is none; gives back how to stop. */
export function follow(told, failed = () => {}) {
  if (!("geolocation" in navigator)) { failed(2); return () => {}; }
  const watch = navigator.geolocation.watchPosition(
    (position) => { last = read(position); told(last); },
    ({ code }) => { if (code === 1 || !lastFix()) failed(code); }, // a single lost fix is everyday life
    OPTIONS,
  );
  return () => navigator.geolocation.clearWatch(watch);
}

const METRES_A_DEGREE = 111_320; // as in spots.js

/** A place so many metres east and north of another. */
export const moved = ({ lon, lat }, east, north) => ({
  lon: Number((lon + east / (METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180))).toFixed(6)),
  lat: Number((lat + north / METRES_A_DEGREE).toFixed(6)),
});
