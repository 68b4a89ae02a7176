/** Turns a filled report into the records that go into the outbox; touches no page. */
import { filesAt } from "./camera.js";
import { announce } from "./photo.js";
import { freeze } from "./posting.js";

const NOT_SENT = /^(stop_|_id$|then$)/; // the act to stop is a record of its own

/**
 * [finding, act to stop] as the outbox takes them: the photos are announced in the finding's own
 * frozen bytes, and the act waits for the finding.
 */
export function records(data, photos, { id, at, address, label, stopLabel, draft }) {
  const fields = freeze([...data].filter(([name]) => !NOT_SENT.test(name)), id, at);
  const announced = photos.map((photo) => ["photo", announce(photo)]);
  const files = filesAt(`${address}/${id}`, photos);
  const told = Object.fromEntries(data);
  const stop = {
    kind: "stop", label: `${stopLabel} · ${label}`, url: `${address}/${id}/stops`, after: [id],
    fields: [["kind", told.stop_kind], ["outcome", told.stop_outcome], ["seen_at", at], ["made_at", at]],
  };
  return [{ id, kind: "finding", label, url: address, fields: [...fields, ...announced], files, draft }, stop];
}

/** A refused finding as a draft of the report again: what was written, and its photos. */
export function draftOf(body, files) {
  const fields = [...new URLSearchParams(body)].filter(([name]) => name !== "photo");
  const photos = files.filter((file) => file.about).map(({ body: bytes, thumb, type, about }) => ({ ...about, body: bytes, thumb, type }));
  return { fields, photos, placed: true };
}
