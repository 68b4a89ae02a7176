/** What the browser does by itself once the network is back, even with no page open. */
import { all, drain } from "./outbox.js";
import { sender } from "./queue.js";
import { ready } from "./sending.js";

/** Sends what can be sent; rejects while something could still go, so that the browser tries again. */
export async function sendBehind() {
  await drain();
  const who = await sender();
  if (who && ready(await all(who), who, Infinity).length) throw new Error("not all is sent");
}
