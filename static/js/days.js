/** Says which day a slider stands on, and shows that day once it is let go. */
export default function days(form) {
  const [range, said] = [form.querySelector("[type=range]"), form.querySelector("output")];
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { month: "numeric", day: "numeric", weekday: "short" });
  const say = () => {
    const ago = -Number(range.value);
    said.value = ago ? `${day.format(Date.now() - ago * 86_400_000)} · ${said.dataset.ago.replace("{n}", ago)}` : said.dataset.now;
  };
  range.addEventListener("input", say);
  range.addEventListener("change", () => form.requestSubmit());
  if (range.value !== "0") say();
}
