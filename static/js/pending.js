/** Shows records of some kinds (data-kind, a list of words; none: all) that wait in the outbox above the list they will join. */
import { all, onChange } from "./outbox.js";
import { waitingRow } from "./posting.js";

export default async function pending(list) {
  const kinds = (list.dataset.kind ?? "").split(" ").filter(Boolean);
  const paint = async () => {
    const items = (await all()).filter((item) => !item.acked && (!kinds.length || kinds.includes(item.kind)));
    list.replaceChildren(...items.map((item) => {
      const line = document.createElement("li");
      line.append(waitingRow(item));
      return line;
    }));
    list.hidden = items.length === 0;
  };
  onChange(paint);
  await paint();
}
