/**
 * Draws outlines on a canvas with the state of each, and tells which one was chosen.
 *
 * data-cells, data-outline: addresses of GeoJSON whose features carry c (code) and n (number or
 * name); data-states: address of {states: {state: "code code …"}}, and maybe as many words of each in said {state: "word|word…"}; data-open: address with CODE in it that
 * choosing an outline leads to, or into data-into (a selector); data-tiles: what lies under them, as
 * tiles.js reads it, with data-rights; data-divides: the form whose line is drawn here; data-halts: the stops of a line. Listens for "map:me" {lon, lat, accuracy}, "map:states" {states}, "map:choose" {code, zoom}.
 */
import areas from "./areas.js";
import { hatches } from "./hatch.js";

const WIDE = "(min-width: 60rem)";

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** The state of each code, as a server tells it: the codes of each state in one string. */
const byCode = (told) => Object.fromEntries(
  Object.entries(told).flatMap(([state, codes]) => codes.split(" ").map((code) => [code, state])),
);

/** What is said of each code, in the order of the codes of each state. */
const saidBy = ({ states, said = {} }) => Object.fromEntries(Object.entries(said).flatMap(([state, told]) => {
  const words = told.split("|");
  return states[state].split(" ").map((code, at) => [code, words[at]]);
}));

/** Waits until an element is shown: a hidden map has no size, and its list may be all one wants. */
const shown = (element) => new Promise((go) => {
  const watch = new ResizeObserver(() => { if (element.clientHeight) { watch.disconnect(); go(); } });
  watch.observe(element);
});

/** The map of an element, without outlines yet. */
async function opened(element, library) {
  const { canvas, control, map: leaflet } = library;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const under = element.dataset.tiles ? (await import("./basemap.js")).default(element, library) : null;
  const map = leaflet(element, {
    ...(under && { crs: under.crs }),
    renderer: canvas({ padding: 0.3, tolerance: 4 }), zoomControl: false, attributionControl: false,
    zoomSnap: 0.5, maxZoom: 20, fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still,
  });
  const { zoomIn, zoomOut } = element.dataset;
  control.zoom({ position: "bottomright", zoomInTitle: zoomIn ?? "+", zoomOutTitle: zoomOut ?? "−" }).addTo(map);
  control.scale({ imperial: false }).addTo(map);
  under?.over(map);
  return map;
}

export default async function map(element) {
  await shown(element);
  const { cells, outline, states: address } = element.dataset;
  const asked = Promise.all([address, cells ?? outline, cells && outline].map((one) => (one ? fetched(one) : null)));
  asked.catch(() => {}); // told below, where it is waited for
  const leaflet = await import("../vendor/leaflet/leaflet.js");
  const { circle, circleMarker, geoJSON } = leaflet;
  const view = await opened(element, leaflet);
  let drawn = null;
  let states = {};
  let said = {};
  let look = hatches(element);
  let chosen = null;

  function choose(code, zoom = 0) {
    chosen = code;
    const area = drawn?.all.get(code);
    if (!area) return;
    drawn.redraw();
    if (zoom) view.fitBounds(drawn.boundsOf(area.box), { maxZoom: zoom, padding: [60, 60] });
    for (const twin of document.querySelectorAll("[data-cell]")) twin.toggleAttribute("data-chosen", twin.dataset.cell === code);
  }

  function open(code) {
    if (!element.dispatchEvent(new CustomEvent("map:cell", { bubbles: true, cancelable: true, detail: { code } }))) return;
    choose(code);
    const { open: address, into } = element.dataset;
    if (!address) return;
    const url = address.replace("CODE", encodeURIComponent(code));
    if (into && globalThis.htmx && matchMedia(WIDE).matches) globalThis.htmx.ajax("GET", url, { target: into, swap: "innerHTML" });
    else location.assign(url);
  }

  /** Outlines to press, each as it stands. */
  function draw(found) {
    const layer = areas(found, leaflet, { lookOf: (code) => look[states[code]] ?? look.none, chosen: () => [chosen, look.chosen] });
    const words = () => document.createTextNode([layer.under?.n, said[layer.under?.c]].filter(Boolean).join(" · "));
    layer.bindTooltip(words, { sticky: true, direction: "top" });
    layer.on("mousemove", () => layer.getTooltip().update());
    layer.on("click", () => open(layer.under.c));
    return layer.addTo(view);
  }
  const border = (found) => geoJSON(found, { style: look.border, interactive: false, smoothFactor: 0.5 }).addTo(view);

  function restate(fresh) {
    states = fresh;
    drawn?.redraw();
  }

  let dot = null;
  let halo = null;
  function me({ lon, lat, accuracy = 0 }) {
    const spot = [lat, lon];
    if (dot) { dot.setLatLng(spot); halo.setLatLng(spot).setRadius(accuracy); return; }
    halo = circle(spot, { radius: accuracy, weight: 1, fillOpacity: 0.12, color: look.accent, interactive: false }).addTo(view);
    dot = circleMarker(spot, { radius: 8, weight: 3, color: look.surface, fillColor: look.accent, fillOpacity: 1, interactive: false }).addTo(view);
  }

  element.addEventListener("map:me", ({ detail }) => me(detail));
  element.addEventListener("map:states", ({ detail }) => restate(detail.states));
  element.addEventListener("map:choose", ({ detail }) => choose(detail.code, detail.zoom ?? 17));
  document.addEventListener("patrol:fix", ({ detail }) => me(detail));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { look = hatches(element); drawn?.redraw(); });
  new ResizeObserver(() => view.invalidateSize({ animate: false })).observe(element);

  const [known, inner, outer] = await asked;
  states = byCode(known?.states ?? {});
  said = saidBy(known ?? {});
  drawn = inner && draw(inner);
  const bounds = (outer ? border(outer) : drawn)?.getBounds();
  if (bounds?.isValid()) view.fitBounds(bounds, { padding: [8, 8], animate: false });
  if (element.dataset.divides) (await import("./divide.js")).default(element, view, leaflet, () => look);
  if (element.dataset.halts) (await import("./halts.js")).default(element, view, drawn, leaflet, () => look);
  element.dataset.ready = "";
}
