/** A day so many days ago, as people name it. */
const name = (ago) => new Date(Date.now() - ago * 86_400_000)
  .toLocaleDateString(document.documentElement.lang, { month: "numeric", day: "numeric", weekday: "short" });

/** Says which day a slider stands on, and shows that day once it is let go. */
export default function days(form) {
  const [range, said] = [form.querySelector("[type=range]"), form.querySelector("output")];
  const say = () => {
    const ago = -Number(range.value);
    said.value = ago ? `${name(ago)} · ${said.dataset.ago.replace("{n}", ago)}` : said.dataset.now;
  };
  range.addEventListener("input", say);
  range.addEventListener("change", () => form.requestSubmit());
  if (range.value !== "0") say();
}
