/** Says how far each card is and puts nearer ones first where equally little time is left. */
const R = 6_371_008.8; // metres
const rad = (degrees) => (degrees * Math.PI) / 180;

/** Metres between two positions of longitude and latitude. */
export function metres(lon, lat, lon2, lat2) {
  const across = rad(lon2 - lon) * Math.cos(rad((lat + lat2) / 2));
  return Math.round(R * Math.hypot(across, rad(lat2 - lat)));
}

/** 320 m, 1.2 km, in the page's language. */
export function said(distance, lang) {
  const [value, unit] = distance < 1000 ? [Math.round(distance / 10) * 10, "meter"] : [distance / 1000, "kilometer"];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}

/** Unfinished first, then by time left, then by distance; as it was where all is equal. */
export const sooner = (a, b) =>
  a.done - b.done || (a.left === b.left ? a.away - b.away : a.left - b.left) || a.place - b.place;

export default async function near(list) {
  const allowed = await navigator.permissions?.query({ name: "geolocation" });
  if (allowed?.state !== "granted") return; // a home page asks for nothing
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const cards = [...list.querySelectorAll(":scope > [data-lon]")].map((node, place) => {
      const { lon, lat, left } = node.dataset;
      const away = metres(coords.longitude, coords.latitude, Number(lon), Number(lat));
      const output = node.querySelector("output");
      output.lastElementChild.textContent = list.dataset.away.replace("{d}", said(away, document.documentElement.lang));
      output.hidden = false;
      return { node, away, left: left === "" ? Infinity : Number(left), done: !node.querySelector("a.button"), place };
    });
    cards.sort(sooner);
    if (!list.contains(document.activeElement)) list.append(...cards.map(({ node }) => node));
  }, () => {}, { maximumAge: 60_000, timeout: 10_000 });
}
