/**
 * Where the pictures under a map come from, as an element says it: data-tiles (an archive, or
 * addresses with {z}, {x} and {y}), data-tiles-datum, data-tiles-zooms ("13 17").
 */
import archive from "./archive.js";
import { shifted, unshifted } from "./gcj.js";

const same = (place) => place;

/** An address for a picture, used once; null where there is none. */
function fromArchive(url) {
  const { picture } = archive(url);
  return async (z, x, y) => {
    const blob = await picture(z, x, y);
    return blob && URL.createObjectURL(blob);
  };
}
const fromSite = (template) => async (z, x, y) => template.replace("{z}", z).replace("{x}", x).replace("{y}", y);

/**
 * {least, most, layers: [(z, x, y) → address], onto, back}: `onto` turns a WGS 84 place into the
 * one its picture is drawn at, `back` turns it back.
 */
export function source({ tiles, tilesDatum, tilesZooms }) {
  const [least, most] = tilesZooms.split(" ").map(Number);
  const layers = tiles.split(" ").map((one) => (one.includes("{z}") ? fromSite(one) : fromArchive(one)));
  const gcj = tilesDatum === "gcj02";
  return { least, most, layers, onto: gcj ? shifted : same, back: gcj ? unshifted : same };
}

/** Puts a picture into an element; what lay only in memory is let go of once it is drawn. */
export function show(element, attribute, address, done = () => {}) {
  const over = () => { if (address.startsWith("blob:")) URL.revokeObjectURL(address); };
  element.addEventListener("load", () => { over(); done(); }, { once: true });
  element.addEventListener("error", () => { over(); done(new Error(address)); }, { once: true });
  element.setAttribute(attribute, address);
}
