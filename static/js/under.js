/** Lays pictures under the flat drawing of a walk; each is set by three of its corners, whatever its datum. */
import { plane } from "./ground.js";
import { show, source } from "./tiles.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST = 48; // pictures in view; beyond that a coarser zoom serves
const PAUSE = 120; // ms after the last move
const EARTH = 40_075_016.7; // metres round the equator
const { PI, asinh, atan, floor, log2, max, min, sinh, tan, cos } = Math;

/** Columns and rows, with fractions, of a place; and the place of a column and row. */
export const among = ([lon, lat], zoom) => [((lon + 180) / 360) * 2 ** zoom, ((1 - asinh(tan((lat * PI) / 180)) / PI) / 2) * 2 ** zoom];
export const corner = ([column, row], zoom) => [(column / 2 ** zoom) * 360 - 180, (atan(sinh(PI * (1 - (2 * row) / 2 ** zoom))) * 180) / PI];

/** What an element of so many pixels shows of a drawing whose window is `view`: the window, grown to its shape. */
export function shown([x, y, width, height], [across, down]) {
  const scale = min(across / width, down / height); // pixels a metre
  const [w, h] = [across / scale, down / scale];
  return [x - (w - width) / 2, y - (h - height) / 2, w, h];
}

/** The tiles that cover a window of a drawing at the zoom that fits its pixels: {zoom, tiles: [[x, y]]}. */
export function covering(view, pixels, on, { least, most, onto }) {
  const [x, y, width, height] = view;
  const [lon, lat] = on.out([x + width / 2, y + height / 2]);
  const fitting = Math.round(log2((pixels / width) * (EARTH * cos((lat * PI) / 180)) / 256));
  for (let zoom = max(least, min(most, fitting)); ; zoom -= 1) {
    const edges = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]].map((spot) => among(onto(on.out(spot)), zoom));
    const [columns, rows] = [0, 1].map((axis) => edges.map((edge) => floor(edge[axis])));
    const [from, to] = [[min(...columns), min(...rows)], [max(...columns), max(...rows)]];
    const count = (to[0] - from[0] + 1) * (to[1] - from[1] + 1);
    if (count > MOST && zoom > least) continue;
    if (count > MOST) return { zoom, tiles: [] };
    return { zoom, tiles: Array.from({ length: count }, (_, at) => [from[0] + (at % (to[0] - from[0] + 1)), from[1] + floor(at / (to[0] - from[0] + 1))]) };
  }
}

/** The matrix that sets a unit square onto a tile's place in the drawing. */
export function setting([column, row], zoom, on, back) {
  const place = (spot) => { const [lon, lat] = back(corner(spot, zoom)); return on.onto({ lon, lat }); };
  const [origin, right, below] = [place([column, row]), place([column + 1, row]), place([column, row + 1])];
  return [right[0] - origin[0], right[1] - origin[1], below[0] - origin[0], below[1] - origin[1], ...origin];
}

export default function under(svg) {
  const on = plane(svg.dataset);
  const from = source(svg.dataset);
  const group = svg.insertBefore(document.createElementNS(SVG, "g"), svg.firstChild);
  group.setAttribute("class", "tiles");
  const laid = new Map(); // images by "zoom/x/y"
  let timer = null;

  async function lay(tile, zoom) {
    const images = from.layers.map(() => group.appendChild(document.createElementNS(SVG, "image")));
    for (const [place, image] of images.entries()) {
      Object.entries({ width: 1.003, height: 1.003, preserveAspectRatio: "none", transform: `matrix(${setting(tile, zoom, on, from.back).join(" ")})` })
        .forEach(([name, value]) => image.setAttribute(name, value)); // a hair more than the tile, that no seam shows
      from.layers[place](zoom, ...tile).then((address) => address && show(image, "href", address), () => laid.delete(`${zoom}/${tile.join("/")}`));
    }
    return images;
  }

  function draw() {
    if (!svg.clientWidth) return;
    const view = shown(svg.getAttribute("viewBox").split(" ").map(Number), [svg.clientWidth, svg.clientHeight]);
    const { zoom, tiles } = covering(view, svg.clientWidth, on, from);
    const wanted = new Map(tiles.map((tile) => [`${zoom}/${tile.join("/")}`, tile]));
    for (const [key, tile] of wanted) if (!laid.has(key)) laid.set(key, lay(tile, zoom));
    for (const [key, images] of laid) {
      if (wanted.has(key)) continue;
      laid.delete(key);
      images.then((gone) => gone.forEach((image) => image.remove()));
    }
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(draw, PAUSE); };
  new MutationObserver(soon).observe(svg, { attributeFilter: ["viewBox"] });
  new ResizeObserver(soon).observe(svg);
  addEventListener("online", soon);
}
