"""Paper is light: what a reader in the dark prints is what a reader in the light does."""

# What is seen of each element that shows, and on what, while the page is printed.
RECORD = """matchMedia("print").addEventListener("change", ({ matches }) => {
  if (matches) window.printed = [...document.querySelectorAll("body, body *")]
    .filter((element) => element.checkVisibility())
    .map((element) => {
      const style = getComputedStyle(element);
      const seen = ["color", "backgroundColor", "fill", "stroke", "borderTopColor", "filter"];
      const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class")}`;
      return [name, ...seen.map((property) => style[property]), style.colorScheme].join(" | ");
    });
});"""


def test_paper_is_light(visit, html, page):
    """As Chromium prints, and the reader has the scheme again afterwards."""
    tab = visit(f"{html.as_uri()}/{page}.html", "desktop-dark", script=RECORD).tab
    printed = {}
    for scheme in ("dark", "light"):
        tab.emulate_media(color_scheme=scheme)
        tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        tab.evaluate("() => document.getAnimations().forEach((one) => one.finish())")
        tab.pdf()
        printed[scheme] = tab.evaluate("window.printed")
        assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    assert len(printed["light"]) > 50
    # As sets: a live figure may draw more ticks at another width, which printing sets for a moment.
    assert set(printed["dark"]) ^ set(printed["light"]) == set()
