/** The line under the title that says, in words, what is still unsent. */
import { onChange, state } from "./outbox.js";
import { clock } from "./posting.js";

const fill = (text, figures) => text.replace(/\{(\w+)\}/g, (_, name) => figures[name] ?? "");

/** The words for a state; `words` are the sentences the server wrote into the element's data. */
export function sentence({ items, photos, attention, last, signIn, silent }, words, online) {
  const parts = [online && !silent ? words.online : words.offline];
  if (items || photos) parts.push([items && fill(words.waiting, { n: items }), photos && fill(words.photos, { n: photos })].filter(Boolean).join(words.comma));
  else parts.push(words.sent);
  if (attention) parts.push(fill(words.attention, { n: attention }));
  if (signIn) parts.push(words.signIn);
  if (last && (items || photos || !online || silent)) parts.push(fill(words.last, { time: clock(last) }));
  return parts.join(" · ");
}

export default function status(line) {
  const paint = async () => {
    const now = await state();
    const text = sentence(now, line.dataset, navigator.onLine);
    if (line.textContent !== text) line.textContent = text;
    line.dataset.tone = now.attention || now.signIn ? "attention" : now.items || now.photos || !navigator.onLine ? "waiting" : "sent";
  };
  onChange(paint);
  addEventListener("online", paint);
  addEventListener("offline", paint);
  paint();
}
