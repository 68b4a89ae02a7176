{#- The part of the service worker that answers for files: our own, pictures, and the map's archive. -#}
/** A page kept before an update names files of the version before: without a network today's stand in. */
async function file({ request }) {
  const kept = await caches.match(request, { cacheName: FILES });
  const today = () => caches.match(request.url.replace(/\/static\/[^/]+/, STATIC), { cacheName: FILES });
  return kept ?? fetch(request).catch(async () => (await today()) ?? Response.error());
}

/** Pictures of the shift's findings; they never change under their address. */
const picture = async ({ request }) => (await caches.match(request, { cacheName: SHIFT, ignoreVary: true })) ?? fetch(request);

/** A piece of the map's archive: cut from the file on this phone, asked of the network where there is none. */
async function piece({ request }) {
  const whole = await caches.match(request.url, { cacheName: BASEMAP });
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("Range") ?? "") ?? [];
  if (!whole || !from) return whole ?? fetch(request);
  const file = await whole.blob();
  const part = file.slice(Number(from), Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + part.size - 1}/${file.size}`;
  return new Response(part, { status: part.size ? 206 : 416, headers: { "Content-Range": range, "Content-Type": file.type } });
}
