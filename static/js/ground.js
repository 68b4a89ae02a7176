/**
 * The flat map of a walk: turns its drawing back into places, shows where I am, zooms and pans.
 *
 * The drawing is in metres east and south of the corner that data-lon and data-lat name;
 * data-east is the metres of a degree of longitude there.
 */
const METRES_A_DEGREE = 111_320; // as the server reckons in drawing.py
const SVG = "http://www.w3.org/2000/svg";
const NEAREST = 120; // metres across, at the nearest

/** Rings of an outline "M x y l dx dy … z", in metres. */
export function rings(path) {
  return path.split("z").filter(Boolean).map((part) => {
    const [x, y, ...steps] = part.match(/-?\d+/g).map(Number);
    const ring = [[x, y]];
    for (let at = 0; at + 1 < steps.length; at += 2) {
      ring.push([ring.at(-1)[0] + steps[at], ring.at(-1)[1] + steps[at + 1]]);
    }
    return [...ring, [x, y]];
  });
}

/** How a drawing and the ground turn into one another. */
export const plane = ({ lon, lat, east }) => ({
  out: ([x, y]) => [Number(lon) + x / east, Number(lat) - y / METRES_A_DEGREE],
  onto: (spot) => [(spot.lon - lon) * east, (lat - spot.lat) * METRES_A_DEGREE],
});

/** A window of the drawing after a zoom by `factor` round its middle, kept on the sheet. */
export function zoomed([x, y, width, height], factor, whole) {
  const scale = Math.max(NEAREST / width, Math.min(factor, whole[2] / width));
  const size = [width * scale, height * scale];
  return clamped([x + (width - size[0]) / 2, y + (height - size[1]) / 2, ...size], whole);
}

export const clamped = ([x, y, width, height], whole) => [
  Math.max(0, Math.min(x, whole[2] - width)), Math.max(0, Math.min(y, whole[3] - height)), width, height,
];

function draw(svg, name, attributes) {
  const node = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  return svg.appendChild(node);
}

/** Gives the map's ways: outlines by cell number, `show(spot)`, `trace(point)`, `aim(number)`, `mark(number)`, `way(numbers)`. */
export default function ground(svg, tools) {
  const on = plane(svg.dataset);
  const whole = svg.getAttribute("viewBox").split(" ").map(Number);
  let view = whole;
  let me = null;
  let follow = false;
  let grip = null;
  let line = null;
  const look = (next) => { view = next; svg.setAttribute("viewBox", next.map((n) => n.toFixed(1)).join(" ")); };
  const centre = ([x, y]) => look(clamped([x - view[2] / 2, y - view[3] / 2, view[2], view[3]], whole));
  const cell = (number) => svg.querySelector(`#m-${number}`);

  function show(spot) {
    const at = on.onto(spot);
    me ??= { reach: draw(svg, "circle", { class: "reach" }), dot: draw(svg, "circle", { class: "me" }) };
    const places = { cx: at[0].toFixed(1), cy: at[1].toFixed(1) };
    for (const [node, r] of [[me.reach, Math.min(spot.accuracy, 300)], [me.dot, view[2] / 75]]) {
      Object.entries({ ...places, r }).forEach(([key, value]) => node.setAttribute(key, value));
    }
    if (follow) centre(at);
    me.at = at;
  }

  /** Adds a kept point to the line of the track; a gap begins a new line. */
  function trace(point) {
    if (!line || point.gap) line = draw(svg, "polyline", { class: "track", points: "" });
    line.setAttribute("points", `${line.getAttribute("points")} ${on.onto(point).map(Math.round).join(",")}`.trim());
  }

  tools.hidden = false;
  tools.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-zoom]")?.dataset.zoom;
    if (act === "in") look(zoomed(view, 0.6, whole));
    if (act === "out") { follow = false; look(zoomed(view, 1.7, whole)); }
    if (act === "me" && me) { follow = true; look(zoomed(view, Math.min(1, 400 / view[2]), whole)); centre(me.at); }
    if (me) me.dot.setAttribute("r", view[2] / 75);
  });
  svg.addEventListener("pointerdown", ({ clientX, clientY }) => { grip = [clientX, clientY, view]; });
  svg.addEventListener("pointermove", ({ clientX, clientY, buttons }) => {
    if (!grip || !buttons || view[2] >= whole[2]) return;
    const scale = view[2] / svg.clientWidth;
    follow = false;
    look(clamped([grip[2][0] - (clientX - grip[0]) * scale, grip[2][1] - (clientY - grip[1]) * scale, view[2], view[3]], whole));
  });

  return {
    show,
    trace,
    outline: (number) => rings(cell(number).firstElementChild.getAttribute("d")).map((ring) => [ring.map(on.out)]),
    aim(number) {
      svg.querySelector("[data-target]")?.removeAttribute("data-target");
      cell(number)?.setAttribute("data-target", "");
    },
    way(numbers) {
      const spots = numbers.map((number) => cell(number)?.querySelector("text")).filter(Boolean).map((text) => `${text.getAttribute("x")} ${text.getAttribute("y")}`);
      svg.querySelector(".way")?.setAttribute("d", spots.length ? `M${[...(me ? [me.at.map(Math.round).join(" ")] : []), ...spots].join("L")}` : "");
    },
    mark(number) {
      const node = cell(number);
      if (!node) return;
      [node.dataset.tone, node.dataset.place] = ["soon", "told"]; // until the track has proven it
      node.querySelector("tspan").textContent = "✎";
    },
  };
}
