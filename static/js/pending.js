/** Shows records of one kind that wait in the outbox above the list they will join. */
import { all, onChange } from "./outbox.js";
import { waitingRow } from "./posting.js";

export default async function pending(list) {
  const paint = async () => {
    const items = (await all()).filter((item) => item.kind === list.dataset.kind && !item.acked);
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
