/** How a state is drawn on a canvas map: ground, border and a pattern, so that colour is never alone. */
const TONES = { fresh: "ok", due_soon: "soon", overdue: "bad", never: "never", suspended: "off", rate4: "ok", rate3: "info", rate2: "soon", rate1: "bad", rate0: "never" };
const SIZE = 12; // pixels of one tile of a pattern

/** The lines of each state's pattern within one tile; fresh has none. */
const upright = (...places) => (pen) => { pen.beginPath(); for (const x of places) { pen.moveTo(x, 0); pen.lineTo(x, SIZE); } pen.stroke(); };
const MARKS = {
  due_soon: (pen) => { pen.beginPath(); pen.arc(SIZE / 2, SIZE / 2, 1.6, 0, 7); pen.fill(); },
  overdue: (pen) => { pen.beginPath(); pen.moveTo(-2, SIZE + 2); pen.lineTo(SIZE + 2, -2); pen.moveTo(-2, 2); pen.lineTo(2, -2); pen.moveTo(SIZE - 2, SIZE + 2); pen.lineTo(SIZE + 2, SIZE - 2); pen.stroke(); },
  never: upright(SIZE / 2),
  rate2: upright(SIZE / 2),
  rate0: upright(SIZE / 6, SIZE / 2, SIZE * 5 / 6),
  suspended: (pen) => { pen.beginPath(); pen.moveTo(0, SIZE / 2); pen.lineTo(SIZE, SIZE / 2); pen.stroke(); },
};
MARKS.rate1 = MARKS.overdue;
MARKS.rate3 = MARKS.due_soon;

function pattern(ground, ink, mark) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = SIZE;
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, SIZE, SIZE);
  pen.fillStyle = pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  mark?.(pen);
  return pen.createPattern(tile, "repeat");
}

/** What the variables of each tone come to as real colours on this element: read at once, so that the page is styled once. */
function colours(element, tones) {
  const probes = tones.map((tone) => {
    const probe = document.createElement("i");
    probe.dataset.tone = tone;
    probe.className = "map-probe";
    return probe;
  });
  element.append(...probes);
  const found = probes.map((probe) => {
    const { color, backgroundColor, borderTopColor, outlineColor } = getComputedStyle(probe);
    return [probe.dataset.tone, { ink: color, ground: backgroundColor, tone: borderTopColor, accent: outlineColor }];
  });
  probes.forEach((probe) => probe.remove());
  return Object.fromEntries(found);
}

/** Leaflet path styles by state; `none` is an outline without one, `chosen` lies over any. */
export function hatches(element) {
  const found = colours(element, [...new Set(Object.values(TONES))]);
  const { off: plain } = found;
  const { accent } = plain;
  const thin = "tiles" in element.dataset ? 0.55 : 1; // what lies under them shall be seen
  const looks = {
    none: { fillColor: plain.ground, fillOpacity: 0.85 * thin, color: plain.tone, weight: 0.5, opacity: 1 },
    border: { fill: false, color: plain.ink, weight: 2, opacity: 0.7 },
    chosen: { color: accent, weight: 4, opacity: 1 },
    accent, surface: plain.ground,
  };
  for (const [state, tone] of Object.entries(TONES)) {
    const { ground, tone: edge } = found[tone];
    looks[state] = { fillColor: pattern(ground, edge, MARKS[state]), fillOpacity: 0.9 * thin, color: edge, weight: thin < 1 ? 1.5 : 0.5, opacity: 1 };
  }
  return looks;
}
