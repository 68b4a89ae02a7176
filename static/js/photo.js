/** Makes a camera's picture small enough to send: 1600 px, upright, without metadata, as bytes. */
import { sha256 } from "./queue.js";
import { toHex } from "./sending.js";

const LARGE = 1600;
const SMALL = 320;

/** Width and height that fit into `side` without growing. */
export function fit(width, height, side) {
  const share = Math.min(1, side / Math.max(width, height));
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))];
}

async function draw(bitmap, side, quality) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = fit(bitmap.width, bitmap.height, side);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
  canvas.width = canvas.height = 0; // iOS keeps the memory of a canvas that still has a size
  if (blob?.type !== "image/jpeg") throw new TypeError("no JPEG");
  return blob.arrayBuffer(); // never a Blob: WebKit loses those that lie in a database
}

/** {body, thumb, type, sha256, size} of a picture file; throws when it is none that this phone can read. */
export async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const body = await draw(bitmap, LARGE, 0.8);
    const thumb = await draw(bitmap, SMALL, 0.7);
    return { body, thumb, type: "image/jpeg", sha256: toHex(await sha256(body)), size: body.byteLength };
  } finally {
    bitmap.close();
  }
}

/** A picture of bytes kept in the phone's database, for lists and previews. */
export function thumbnail(bytes, alt = "") {
  const image = document.createElement("img");
  image.alt = alt;
  image.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  return image;
}

/** What the record says about a photo that will follow: frozen with the record's own bytes. */
export const announce = ({ id, sha256: hash, size, view, origin, takenAt, fix }) =>
  new URLSearchParams({
    id, sha256: hash, size, view, origin, taken_at: takenAt,
    ...(fix && { lon: fix.lon, lat: fix.lat, accuracy: fix.accuracy }),
  }).toString();
