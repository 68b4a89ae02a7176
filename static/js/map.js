/**
 * Draws outlines on a canvas with the state of each, and tells which one was chosen.
 *
 * data-cells, data-outline: addresses of GeoJSON whose features carry c (code) and n (number or
 * name); data-states: address of {states: {state: "code code …"}}; data-open: address with CODE in it that
 * choosing an outline leads to, or into data-into (a selector); data-tiles: what lies under them, as
 * tiles.js reads it, with data-rights; data-divides: the form whose line is drawn here; data-halts: the stops of a line. Listens for "map:me" {lon, lat, accuracy}, "map:states" {states}, "map:choose" {code, zoom}.
 */
import { hatches } from "./hatch.js";

const WIDE = "(min-width: 60rem)";

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** The state of each code, as a server tells it: the codes of each state in one string. */
const byCode = (told) => Object.fromEntries(
  Object.entries(told).flatMap(([state, codes]) => codes.split(" ").map((code) => [code, state])),
);

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
  const leaflet = await import("../vendor/leaflet/leaflet.js");
  const { circle, circleMarker, geoJSON } = leaflet;
  const view = await opened(element, leaflet);
  const layers = new Map();
  let states = {};
  let look = hatches(element);
  let chosen = null;

  function paint(layer) {
    const { c: code } = layer.feature.properties;
    const style = look[states[code]] ?? look.none;
    layer.setStyle(code === chosen ? { ...style, ...look.chosen } : style);
    if (code === chosen) layer.bringToFront();
  }
  const paintAll = () => layers.forEach(paint);

  function choose(code, zoom = 0) {
    const before = layers.get(chosen);
    chosen = code;
    if (before) paint(before);
    const layer = layers.get(code);
    if (!layer) return;
    paint(layer);
    if (zoom) view.fitBounds(layer.getBounds(), { maxZoom: zoom, padding: [60, 60] });
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

  async function draw(address, pressed) {
    const drawn = geoJSON(await fetched(address), {
      style: look.none, interactive: pressed, smoothFactor: 0.5,
      onEachFeature(feature, layer) {
        if (!pressed) return;
        const { c: code, n: name } = feature.properties;
        layers.set(code, layer);
        layer.bindTooltip(String(name), { sticky: true, direction: "top" });
        layer.on("click", () => open(code));
      },
    }).addTo(view);
    if (!pressed) drawn.setStyle(look.border);
    return drawn;
  }

  function restate(fresh) {
    states = fresh;
    paintAll();
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
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { look = hatches(element); paintAll(); });
  new ResizeObserver(() => view.invalidateSize({ animate: false })).observe(element);

  const { cells, outline, states: address } = element.dataset;
  const [known, drawn] = await Promise.all([
    address ? fetched(address) : { states: {} },
    cells || outline ? draw(cells ?? outline, true) : null,
  ]);
  const last = cells && outline ? await draw(outline, false) : drawn;
  if (last?.getLayers().length) view.fitBounds(last.getBounds(), { padding: [8, 8], animate: false });
  restate(byCode(known.states));
  if (element.dataset.divides) (await import("./divide.js")).default(element, view, leaflet, () => look);
  if (element.dataset.halts) (await import("./halts.js")).default(element, view, layers, leaflet, () => look);
  element.dataset.ready = "";
}
