/** A record of which there is one only: while it waits on this phone, its row stands where its form was. */
import { waitingRow } from "./posting.js";
import { all } from "./queue.js";

export default async function once(box) {
  const form = box.querySelector("form[data-outbox]");
  const item = (await all()).find(({ url, state, acked }) => url === form.getAttribute("action") && state === "waiting" && !acked);
  if (item) form.replaceWith(waitingRow(item));
}
