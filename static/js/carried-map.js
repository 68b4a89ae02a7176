/** The archive of the map as a phone carries it: whole, counted while it comes, and kept until there is another. */

/** A copy of an answer whose bytes are counted; it breaks off when they are not as many as were told. */
export function counted(answer, bytes, told) {
  let come = 0;
  const count = new TransformStream({
    transform(chunk, on) { come += chunk.byteLength; told(come); on.enqueue(chunk); },
    flush() { if (come !== bytes) throw new TypeError(`${come} of ${bytes} bytes`); },
  });
  return new Response(answer.body.pipeThrough(count), { headers: { "Content-Type": answer.headers.get("Content-Type") } });
}

/** Whether the phone says that so many bytes have no room. */
async function crowded(bytes) {
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  return quota !== undefined && quota - usage < bytes;
}

/** `made` with the map in it, or one more piece missing; an older map goes once this one is here. */
export async function carried({ url, bytes }, cache, get, made, told) {
  const all = made.all + 1;
  try {
    if (!(await cache.match(url))) {
      if (await crowded(bytes)) throw new DOMException("no room", "QuotaExceededError");
      const answer = await get(url);
      if (!answer.ok || answer.redirected) throw new TypeError(url);
      await cache.put(url, counted(answer, bytes, (come) => told({ ...made, all, bytes: made.bytes + come })));
    }
    const wanted = new URL(url, location).href;
    await Promise.all((await cache.keys()).filter((old) => old.url !== wanted).map((old) => cache.delete(old)));
    return { all, done: all, map: bytes, bytes: made.bytes + bytes };
  } catch {
    return { all, missing: made.missing + 1 };
  }
}
