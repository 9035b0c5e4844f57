"""What is dragged in the figures of states: the dance, the state explorer, the cell stepper.

Each drag has a closed form in the units of the picture: a disc of probability one has a radius, the
axis of moments a length, a Bloch arrow an angle.
"""

import pytest

PAGES = {"Dance": "index", "StateExplorer": "two-systems", "CellStepper": "measured-cell"}
#: Radius of the disc of probability one, in units: 0.44 of a cell.
UNIT = {"StateExplorer": 0.44 * 68, "CellStepper": 0.44 * 54}


@pytest.fixture
def figure(visit, html):
    """Return a function that opens a figure's page, and gives the tab and the figure."""

    def opened(name, view="desktop", **options):
        tab = visit(f"{html.as_uri()}/{PAGES[name]}.html", view, **options).tab
        found = tab.locator(f"[data-figure={name}]").first
        found.locator("[role=img]").scroll_into_view_if_needed()
        # In the middle of the screen: a sticky control covers its lower edge.
        found.locator("[role=img]").evaluate("(e) => e.scrollIntoView({ block: 'center' })")
        return tab, found

    return opened


def place(handle):
    """Return the centre of a handle and how many pixels a unit of its picture has."""
    return handle.evaluate(
        """(handle) => { const box = handle.querySelector(".qrnn-reach").getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2,
          handle.ownerSVGElement.getScreenCTM().a]; }"""
    )


def by_mouse(tab, x, y, right, down):
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + right, y + down, steps=5)
    tab.mouse.up()
    tab.mouse.move(x, y)  # no longer held
    tab.wait_for_timeout(100)


def by_finger(tab, x, y, right, down):
    """Real touch events, from which the browser makes its own gestures."""
    session = tab.context.new_cdp_session(tab)

    def touch(kind, *points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for k in range(1, 6):
        touch("touchMove", {"x": x + right * k / 5, "y": y + down * k / 5})
    touch("touchEnd")
    tab.wait_for_timeout(100)


#: A view and how to drag in it.
HANDS = [("desktop", {}, by_mouse), ("phone", {"has_touch": True}, by_finger)]
HANDED = pytest.mark.parametrize(("view", "options", "drag"), HANDS, ids=["mouse", "finger"])


def value(figure, name):
    return float(figure.get_by_role("slider", name=name, exact=True).input_value())


def spoken(figure, name):
    slider = figure.get_by_role("slider", name=name, exact=True)
    return slider.get_attribute("aria-valuetext")


def words(figure):
    return figure.locator("[role=img]").first.get_attribute("aria-label")


@HANDED
def test_the_moment_is_dragged_along_the_curve(figure, view, options, drag):
    tab, dance = figure("Dance", view, **options)
    scrolled = tab.evaluate("scrollY")
    x, y, unit = place(dance.locator("[data-handle=moment]"))
    # The axis of moments, from 0 to 2, is 210 units long; the height of the pointer is free.
    drag(tab, x, y, -52.5 * unit, 30)
    assert value(dance, "Moment") == pytest.approx(0.5, abs=0.021)
    assert words(dance).startswith("Entangling:")
    assert tab.evaluate("scrollY") == scrolled
    x, y, unit = place(dance.locator("[data-handle=moment]"))
    drag(tab, x, y, 300 * unit, 0)
    assert value(dance, "Moment") == 2
    assert words(dance).startswith("After the disentangler:")


@HANDED
def test_the_arrow_of_the_system_is_the_new_value(figure, view, options, drag):
    tab, dance = figure("Dance", view, **options)
    dance.get_by_role("button", name="Measure: outcome 1").click()
    assert words(dance).startswith("The measurement gave outcome 1")
    dance.get_by_role("slider", name="Moment").focus()
    tab.keyboard.press("Home")  # which takes the measurement back
    tab.wait_for_timeout(100)
    assert words(dance).startswith("Before:")
    # In a product state the arrow reaches the rim, at the angle of the new value.
    start = value(dance, "New value")
    assert spoken(dance, "New value") == "103°"
    x, y, unit = place(dance.locator("[data-handle=input]"))
    middle = dance.evaluate(
        """(figure) => { const rim = figure.querySelector(".qrnn-rim").getBoundingClientRect();
        return [rim.x + rim.width / 2, rim.y + rim.height / 2]; }"""
    )
    drag(tab, x, y, middle[0] + 36 * unit - x, middle[1] - y)
    assert spoken(dance, "New value") in ("89°", "90°", "91°")
    dance.get_by_role("button", name="Undo").click()
    tab.wait_for_timeout(100)
    assert value(dance, "New value") == pytest.approx(start)


@HANDED
def test_a_disc_is_dragged_out_and_around(figure, view, options, drag):
    tab, state = figure("StateExplorer", view, **options)
    unit_one = UNIT["StateExplorer"]
    x, y, unit = place(state.locator("[data-handle='1']"))  # |01⟩, which is empty
    drag(tab, x, y, 0, -0.5 * unit_one * unit)
    # From nothing by half a unit, upwards: half the length, a quarter of the probability.
    assert value(state, "Size of |01⟩") == pytest.approx(0.5, abs=0.02)
    assert spoken(state, "Phase of |01⟩") == "90°"
    assert "|01⟩ 0.25" in words(state)
    # The others keep their proportion of 9 to 16.
    assert "|00⟩ 0.27" in words(state)
    assert "|11⟩ 0.48" in words(state)
    # Back through the middle to the other side.
    drag(tab, x, y, 0, unit_one * unit)
    assert value(state, "Size of |01⟩") == pytest.approx(0.5, abs=0.03)
    assert spoken(state, "Phase of |01⟩") == "\N{MINUS SIGN}90°"
    state.get_by_role("button", name="Reset").click()
    tab.wait_for_timeout(100)
    preset = state.get_by_role("button", name="Partly entangled")
    assert preset.get_attribute("aria-pressed") == "true"


@HANDED
def test_an_arrow_is_dragged_around(figure, view, options, drag):
    tab, state = figure("StateExplorer", view, **options)
    bars = "System and memory share 0.94 ebits; the Schmidt coefficients are 0.80 and 0.60."
    assert words(state).startswith(bars)
    for trait, name in (("system_turn", "system"), ("memory_turn", "memory")):
        knob = state.locator(f"[data-handle={trait}]").first
        x, y, unit = place(knob)
        # A quarter of a turn: from the top of a circle of 44 units to its right.
        drag(tab, x, y, 44 * unit, 44 * unit)
        assert value(state, f"Rotate the {name} alone") == pytest.approx(1.571, abs=0.03)
        assert words(state).startswith(bars)
    assert "|00⟩ 0.36" not in words(state) or "|11⟩ 0.64" not in words(state)


@HANDED
def test_a_disc_of_the_encoded_state_is_the_value(figure, view, options, drag):
    tab, step = figure("CellStepper", view, **options)
    before = value(step, "New value")
    x, y, unit = place(step.locator("[data-handle='0']").first)  # |0⟩ of the system
    drag(tab, x, y, 0.2 * UNIT["CellStepper"] * unit, 0)
    after = value(step, "New value")
    # The amplitude of |0⟩ is larger for smaller values of this cell.
    assert after < before - 0.1
    # A measurement of the value is taken back, as the value was another.
    step.get_by_role("button", name="Outcome |1⟩").click()
    tab.wait_for_timeout(100)
    assert words(step).startswith("Step 1: the measurement gave |1⟩")
    step.locator("[role=img]").first.evaluate("(e) => e.scrollIntoView({ block: 'center' })")
    x, y, unit = place(step.locator("[data-handle='0']").first)
    drag(tab, x, y, -0.2 * UNIT["CellStepper"] * unit, 0)
    assert value(step, "New value") == pytest.approx(before, abs=0.05)
    assert words(step).startswith("Step 1: after the disentangler")


@HANDED
def test_the_value_is_dragged_where_it_is_fed(figure, view, options, drag):
    tab, step = figure("CellStepper", view, **options)
    dot = step.locator("[data-handle=value]")
    dot.evaluate("(e) => e.scrollIntoView({ block: 'center' })")
    before, said = value(step, "New value"), words(step)
    x, y, unit = place(dot)
    # The axis from -1 to 1 is 114 units high.
    drag(tab, x, y, 0, 57 * unit)
    assert value(step, "New value") == pytest.approx(before - 1, abs=0.03)
    assert words(step) != said


def test_an_outcome_is_chosen_in_the_table_and_by_keys(figure):
    tab, step = figure("CellStepper")
    table = step.locator("[role=img] > svg").nth(2)
    for k, row in enumerate(("|0⟩", "|1⟩")):
        table.locator(".qrnn-clickable").nth(k).click()
        tab.wait_for_timeout(100)
        assert words(step).startswith(f"Step 1: the measurement gave {row}")
    step.get_by_role("button", name="Outcome |0⟩").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_timeout(100)
    assert words(step).startswith("Step 1: the measurement gave |0⟩")
    assert "Its row, rescaled, is the next memory." in words(step)


def test_guesses_are_answered_by_what_is_computed(figure):
    """Rotating one side leaves the bars; here the memory does depend on the outcome."""
    for name, right, wrong in (("StateExplorer", "No", "Yes"), ("CellStepper", "Yes", "No")):
        tab, one = figure(name)
        shown = words(one)
        verdict = one.locator(".qrnn-verdict")
        for answer, begins in ((wrong, "No. "), (right, "Right. ")):
            one.locator(".qrnn-guess").get_by_role("button", name=answer, exact=True).click()
            tab.wait_for_timeout(100)
            assert verdict.text_content().startswith(begins)
            assert words(one) != shown
        one.get_by_role("button", name="Reset").click()
        tab.wait_for_timeout(100)
        assert verdict.text_content() == ""
        assert words(one) == shown
