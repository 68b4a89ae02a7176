/** Reads pictures out of a PMTiles archive, piece by piece; the service worker cuts them from the kept file. */
const HEAD = 16_384; // bytes that hold the header and the first directory
const TYPES = { 2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif" };

/** The number of a tile along the curve that archives are sorted by. */
export function numberOf(z, column, row) {
  let [number, x, y] = [(4 ** z - 1) / 3, column, row];
  for (let side = 2 ** z / 2; side >= 1; side /= 2) {
    const [right, down] = [(x & side) > 0 ? 1 : 0, (y & side) > 0 ? 1 : 0];
    number += side * side * ((3 * right) ^ down);
    if (down) continue;
    if (right) [x, y] = [side - 1 - x, side - 1 - y];
    [x, y] = [y, x];
  }
  return number;
}

/** The entries of an unpacked directory: {id, run, length, offset}, sorted by id; run 0 leads to another directory. */
export function entriesOf(bytes) {
  let at = 0;
  const next = () => {
    let [value, scale, byte] = [0, 1, 0];
    do { byte = bytes[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
    return value;
  };
  const entries = Array.from({ length: next() }, () => ({}));
  let id = 0;
  for (const entry of entries) { id += next(); entry.id = id; }
  for (const entry of entries) entry.run = next();
  for (const entry of entries) entry.length = next();
  entries.forEach((entry, place) => {
    const told = next();
    entry.offset = told ? told - 1 : entries[place - 1].offset + entries[place - 1].length;
  });
  return entries;
}

/** The entry that covers a number or leads to the one that does. */
export function entryFor(entries, number) {
  const found = entries.findLast(({ id }) => id <= number);
  return found && (found.run === 0 || number < found.id + found.run) ? found : undefined;
}

async function unpacked(bytes, packing) {
  if (packing !== 2) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** `picture(z, x, y)` gives a Blob, or null where the archive has none; throws without network and file. */
export default function archive(url, get = (...asked) => fetch(...asked)) {
  const known = new Map(); // what was read once and is needed again

  async function piece(offset, length) {
    const answer = await get(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
    if (answer.status !== 206) throw new TypeError(`${url}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }
  function once(key, make) {
    if (!known.has(key)) known.set(key, make().catch((fault) => { known.delete(key); throw fault; }));
    return known.get(key);
  }
  const head = () => once("head", async () => {
    const bytes = await piece(0, HEAD);
    const view = new DataView(bytes.buffer);
    const number = (at) => Number(view.getBigUint64(at, true));
    if (new TextDecoder().decode(bytes.subarray(0, 7)) !== "PMTiles") throw new TypeError(`${url}: no archive`);
    const root = bytes.subarray(number(8), number(8) + number(16));
    return { leaves: number(40), tiles: number(56), packing: bytes[97], type: TYPES[bytes[99]], root: entriesOf(await unpacked(root, bytes[97])) };
  });

  return {
    async picture(z, x, y) {
      const { leaves, tiles, packing, type, root } = await head();
      const number = numberOf(z, x, y);
      let entry = entryFor(root, number);
      while (entry?.run === 0) {
        const { offset, length } = entry;
        entry = entryFor(await once(offset, async () => entriesOf(await unpacked(await piece(leaves + offset, length), packing))), number);
      }
      return entry ? new Blob([await piece(tiles + entry.offset, entry.length)], { type }) : null;
    },
  };
}
