"""Paper is light: what a reader in the dark prints is what a reader in the light does."""

# What is seen of each element that shows, and on what, while the page is printed.
# (The list of media is in a variable, or the browser may forget it and who listens to it.)
RECORD = """window.printed = [];
window.recording = new AbortController();
window.paper = matchMedia("print");
paper.addEventListener("change", ({ matches }) => {
  if (!matches) return;
  const seen = ["color", "backgroundColor", "fill", "stroke", "borderTopColor", "filter"];
  printed.push([...document.querySelectorAll("body, body *")]
    .filter((element) => element.checkVisibility())
    .map((element) => {
      const style = getComputedStyle(element);
      const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class")}`;
      return [name, ...seen.map((property) => style[property]), style.colorScheme].join(" | ");
    }));
}, recording)"""
# As sets: a live figure may draw more ticks at another width, which printing sets for a moment.
DIFFERENT = """() => {
  recording.abort();
  const [dark, light] = printed.map((seen) => new Set(seen));
  return [printed.map((seen) => seen.length), [...dark.symmetricDifference(light)]];
}"""


def test_paper_is_light(kept, page):
    """As Chromium prints, and the reader has the scheme again afterwards."""
    visit = kept(page)
    tab = visit.tab
    tab.evaluate(RECORD)
    for view in visit.as_("desktop-dark", "desktop"):
        tab.evaluate("() => document.getAnimations().forEach((one) => one.finish())")
        # All of it is laid out for paper, and one sheet of it drawn.
        tab.pdf(page_ranges="1")
        scheme = "dark" if view == "desktop-dark" else "light"
        assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    (_, elements), different = tab.evaluate(DIFFERENT)
    assert elements > 50
    assert different == []
