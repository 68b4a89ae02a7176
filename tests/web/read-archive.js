/** Reads tiles named on the command line out of an archive with the phone's own reader; prints their digests. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

import archive from "../../static/js/archive.js";

const [path, ...wanted] = process.argv.slice(2);
const file = await open(path);
let asked = 0;

async function get(_, { headers: { Range } }) {
  asked += 1;
  const [from, to] = Range.match(/\d+/g).map(Number);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from + 1), 0, to - from + 1, from);
  return new Response(buffer.subarray(0, bytesRead), { status: 206 });
}

const { picture } = archive(path, get);
const digests = [];
for (const place of wanted) {
  const found = await picture(...place.split("/").map(Number));
  digests.push(found && [found.type, createHash("sha256").update(Buffer.from(await found.arrayBuffer())).digest("hex")]);
}
await file.close();
console.log(JSON.stringify({ digests, asked }));
