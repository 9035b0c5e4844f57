"""What axe finds on a page that is open, at a third of the time of a plain run."""

from functools import cache

from axe_playwright_python.sync_playwright import Axe

# Ends what moves: transitions of colours, what fades in. What moves for ever goes on.
AT_REST = """() => {
  for (const moving of document.getAnimations()) {
    if (moving.effect.getComputedTiming().endTime !== Infinity) moving.finish();
  }
}"""
# Judging colours is most of the work of axe, and pages have thousands of words that look alike:
# of the same colour, size and weight, on the same grounds. Three of each are judged, and the others
# are hidden meanwhile. All other rules are asked of the whole page.
FIND = """async ([colours, strict]) => {
  const ofColours = ["color-contrast", "link-in-text-block"];
  const grounds = new Map([[null, ""]]);
  const ground = (element) => {
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, position } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, position].join()
        .replace("rgba(0, 0, 0, 0),none,1,static", "");
      grounds.set(element, ground(element.parentElement) + own);
    }
    return grounds.get(element);
  };
  const hideAlike = () => {
    const [seen, needed, more] = [new Map(), new Set(), []];
    for (const element of document.body.querySelectorAll("*")) {
      const words = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
      if (!words || !element.checkVisibility({ visibilityProperty: true })) continue;
      const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
      const look = [color, fontSize, fontWeight, textShadow, ground(element)].join();
      seen.set(look, (seen.get(look) ?? 0) + 1);
      if (seen.get(look) > 3) more.push(element);
      else for (let each = element; each; each = each.parentElement) needed.add(each);
    }
    const hidden = more.filter((element) => !needed.has(element));
    const before = hidden.map((element) => element.style.visibility);
    for (const element of hidden) element.style.visibility = "hidden";
    return () => hidden.forEach((element, k) => { element.style.visibility = before[k]; });
  };
  const asked = { resultTypes: ["violations"], elementRef: true };
  const rules = Object.fromEntries(ofColours.map((rule) => [rule, { enabled: false }]));
  const { violations } = await axe.run(document, { ...asked, rules });
  if (colours) {
    const show = hideAlike();
    const said = await axe.run(document, { ...asked, runOnly: ofColours });
    show();
    if (!said.passes.length) throw new Error("axe judged no colours");
    violations.push(...said.violations);
  }
  return violations.flatMap(({ id, impact, nodes }) => nodes
    .filter(({ element }) => ["serious", "critical"].includes(impact) || element.closest(strict))
    .map(({ target, html }) => `${id} (${impact}): ${target} ${html.slice(0, 200)}`));
}"""


@cache
def program() -> str:
    """The text of axe."""
    return Axe().axe_script


def faults(tab, *, colours=True, strict="no-such-element") -> list[str]:
    """Return what is serious, and in parts that a selector gives all, as lines of text."""
    # Colours that change do so at once, and what unfolds is there: nothing else is waited for.
    tab.evaluate(AT_REST)
    if not tab.evaluate("() => 'axe' in window"):
        tab.evaluate(program())
    return tab.evaluate(FIND, [colours, strict])
