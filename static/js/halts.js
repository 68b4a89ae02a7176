/** The stops of a line on the map: tapped in their order into a field that says the same, or only shown. */

const named = (stop) => stop.split("@")[0];

/** The stops as a field holds them, each a number with or without its minute: "3 5@12". */
export const read = (text) => text.split(/[\s,，、;；>→-]+/).filter(Boolean);

/** The stops after a tap on a cell: added at the end, or taken out where it is one. */
export function tapped(stops, number) {
  const left = stops.filter((stop) => named(stop) !== number);
  return left.length < stops.length ? left : [...stops, number];
}

/** On the map of `element`: data-halts names the cells, or, after a "#", the field they are tapped into. */
export default function halts(element, view, drawn, { circleMarker, layerGroup, polyline }, look) {
  const told = element.dataset.halts;
  const field = told.startsWith("#") ? document.querySelector(told) : null;
  const way = layerGroup().addTo(view);

  function show() {
    const known = new Map([...drawn.all.values()].map(({ n, box }) => [String(n), drawn.boundsOf(box).getCenter()]));
    const spots = read(field ? field.value : told).map((stop) => known.get(named(stop))).filter(Boolean);
    const line = { color: look().accent, interactive: false };
    way.clearLayers();
    polyline(spots, { ...line, weight: 3 }).addTo(way);
    spots.forEach((spot, at) => circleMarker(spot, { ...line, radius: 5, fillOpacity: 1 })
      .bindTooltip(String(at + 1), { permanent: true, direction: "top", offset: [0, -6], className: "halt" }).addTo(way));
  }

  show();
  if (!field) return;
  element.addEventListener("map:cell", (event) => {
    event.preventDefault();
    field.value = tapped(read(field.value), String(drawn.all.get(event.detail.code).n)).join(" ");
    show();
  });
  field.addEventListener("input", show);
}
