"""Paper is light: what a reader in the dark prints is what a reader in the light does."""

# What is seen of each element that shows, and on what.
COLOURS = """() => [...document.querySelectorAll("body, body *")]
  .filter((element) => element.checkVisibility())
  .map((element) => {
    const style = getComputedStyle(element);
    const seen = ["color", "backgroundColor", "fill", "stroke", "borderTopColor", "filter"];
    const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class")}`;
    return [name, ...seen.map((property) => style[property]), style.colorScheme].join(" | ");
  })"""


def test_paper_is_light(visit, html, page):
    opened = visit(f"{html.as_uri()}/{page}.html", "desktop-dark")
    tab = opened.tab
    tab.wait_for_selector("html[data-theme=dark]", state="attached")
    screen = tab.evaluate(COLOURS)
    printed = {}
    for scheme in ("dark", "light"):
        tab.emulate_media(media="print", color_scheme=scheme)
        tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        tab.evaluate("() => document.getAnimations().forEach((one) => one.finish())")
        printed[scheme] = tab.evaluate(COLOURS)
    assert printed["dark"] != screen
    different = [pair for pair in zip(*printed.values(), strict=True) if len(set(pair)) > 1]
    assert different[:5] == []
