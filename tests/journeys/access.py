"""What everybody must be able to read, tell apart and touch on a page; lists of what cannot be."""

from playwright.sync_api import Page

from patrol.paths import CHECKOUT

AXE = (CHECKOUT / "node_modules" / "axe-core" / "axe.min.js").read_text()
LIGHT = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
DARK = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # what a scheme changes
SUN = {"type": "rule", "values": ["color-contrast-enhanced"]}  # 7:1, for whoever is outdoors
NARROW = {"width": 320, "height": 640}
RUN = """runOnly => axe.run(document, {runOnly, resultTypes: ["violations"], preload: false})
  .then(r => r.violations.map(v => v.id + ": " + v.nodes.slice(0, 2).map(n => n.target.join(" ")
  + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))"""
SPILLS = """() => Math.max(...[document.documentElement, document.querySelector("main")]
  .filter(Boolean).map(box => box.scrollWidth - box.clientWidth))"""
# What is touched for a control: the label around it, or the whole row whose one link it is.
SMALL = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.matches(".skip:not(:focus)"))
  .filter(one => getComputedStyle(one).display !== "inline" || one.closest(".row-title"))
  .map(one => [one, (one.closest("label, .row") ?? one).getBoundingClientRect()])
  .filter(([, {width, height}]) => width < 47.5 || height < 47.5)
  .map(([one, {width, height}]) => `${one.outerHTML.slice(0, 120)} ${Math.round(width)}x${Math.round(height)}`)"""  # noqa: E501
# Told by a colour: with words of its own, and never with the words of another colour.
COLOURED = """() => {
  const [tones, found] = [new Map(), []];
  for (const one of document.querySelectorAll("[data-tone]:is(.badge, .left, .notice, [data-module=status], [data-slot=state])")) {
    if (!one.checkVisibility()) continue;
    const words = one.innerText.trim();
    if (!words || (tones.get(words) ?? one.dataset.tone) !== one.dataset.tone) found.push(one.outerHTML.slice(0, 120));
    tones.set(words, one.dataset.tone);
  }
  return found;
}"""  # noqa: E501
TWICE = "times => { document.documentElement.style.fontSize = times; }"


def violations(page: Page) -> list[str]:
    """What axe finds, in light and in dark."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN, LIGHT)
    page.emulate_media(color_scheme="dark")
    dark = [f"dark {violation}" for violation in page.evaluate(RUN, DARK) if violation not in found]
    page.emulate_media(color_scheme="light")
    return found + dark


def spill(page: Page) -> int:
    """By how many pixels a narrow screen would have to scroll sideways."""
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size(NARROW)
    wide: int = page.evaluate(SPILLS)
    page.set_viewport_size(usual)
    return wide


def outdoors(page: Page) -> list[str]:
    """What an officer could not read in the sun, touch with a glove, or see in large letters."""
    found = [f"small {one}" for one in page.evaluate(SMALL)]
    found += [f"colour alone {one}" for one in page.evaluate(COLOURED)]
    found += [f"{wide} px at 320" for wide in [spill(page)] if wide > 1]
    page.evaluate(TWICE, "200%")
    found += [f"{wide} px at 200 %" for wide in [page.evaluate(SPILLS)] if wide > 1]
    page.evaluate(TWICE, "")
    page.evaluate(AXE)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme} {one}" for one in page.evaluate(RUN, SUN)]
    return found
