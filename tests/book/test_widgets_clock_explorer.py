"""The clock explorer: its Python side, and what its module computes, run in an embedded V8."""

import json
from math import cos, degrees, pi, sin

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from py_mini_racer import MiniRacer
from scipy import stats

from qrnnbook.widgets import ClockExplorer
from qrnnbook.widgets._clock_fits import CLOCKS, NO_RHYTHM, PRESETS, chances_of
from qrnnbook.widgets._draws import uniforms
from qrnnbook.widgets._figure import bundled
from qrnnlib import average_entangling_power, outcome_maps

PARITY = 1e-12
WAITS, SAMPLE = 60, 120
SHOWN = ("waits", "chances")
SETTINGS = [
    *PRESETS.values(),
    (pi / 2, pi / 90),  # the period of silence is 2 steps
    (2.4, 0.3),  # a rotation by more than 90 degrees
    (pi - NO_RHYTHM[0], NO_RHYTHM[1]),
    (pi / 360, 0.5),
    *np.random.default_rng(0).uniform([0.02, pi / 90], [pi - 0.02, pi / 3], (20, 2)).tolist(),
]


def a_fit(rate=0.1):
    """Return the waiting times of a coin."""
    return rate * (1 - rate) ** np.arange(WAITS)


FITS = {(0.60, 0.94): {"a coin": a_fit(), "another": a_fit(0.2)}, (0.28, 0.97): {"coin": a_fit()}}


@pytest.fixture(scope="module")
def page():
    """Return a function: what the page's own function of that name returns, for some arguments."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("clock_explorer.js").replace("export default", "const figure ="))

        def called(name, *arguments):
            return json.loads(context.eval(f"JSON.stringify({name}(...{json.dumps(arguments)}))"))

        yield called


def explorer(alpha, coupling, **traits):
    return ClockExplorer(alpha=alpha, coupling=coupling, **traits)


def kraus(alpha, coupling):
    """Return the operators of silence and of a tick, from the definition."""
    rotation = np.array([[cos(alpha), -sin(alpha)], [sin(alpha), cos(alpha)]])
    hop = np.array([[0, sin(coupling)], [0, 0]])
    return np.diag([1, cos(coupling)]) @ rotation, hop @ rotation


# The physics ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alpha", "coupling"), SETTINGS)
def test_page_cell_and_operators_have_the_same_waiting_times(page, alpha, coupling):
    figure = explorer(alpha, coupling)
    silent, tick = kraus(alpha, coupling)
    memory, wanted, chances = np.array([1.0, 0.0]), [], []
    for _ in range(WAITS):
        wanted.append(np.sum((tick @ memory) ** 2))
        chances.append(wanted[-1] / np.sum(memory**2))
        memory = silent @ memory
    assert page("waitingTimes", alpha, coupling, WAITS) == pytest.approx(wanted, abs=PARITY)
    assert figure.waiting_times() == pytest.approx(wanted, abs=PARITY)
    # Chances are quotients of numbers that may both have become small.
    assert page("silentChances", alpha, coupling, WAITS) == pytest.approx(chances, abs=1e-9)
    assert figure.chances() == pytest.approx(chances, abs=1e-9)


def test_the_cell_makes_the_operators_maps():
    """Up to a phase of |1>, which takes the plane of Y and Z to that of X and Z."""
    for alpha, coupling in SETTINGS[:8]:
        wanted = outcome_maps(np.array(kraus(alpha, coupling)))
        found = outcome_maps(explorer(alpha, coupling).cell)
        phase = np.zeros((4, 4))
        phase[[0, 1, 2, 3], [0, 2, 1, 3]] = 1, -1, 1, 1  # Y becomes -X, X becomes Y
        assert np.abs(phase @ found @ phase.T - wanted).max() < PARITY


@pytest.mark.parametrize(("alpha", "coupling"), SETTINGS)
def test_mean_wait(page, alpha, coupling):
    """The page's closed form, the cell's geometric series, and the sum itself."""
    silent, _ = kraus(alpha, coupling)
    memory, total = np.array([1.0, 0.0]), 0.0
    for _ in range(200_000):
        alive = np.sum(memory**2)
        total += alive
        memory = silent @ memory
        if alive < 1e-18:
            break
    else:
        total = None
    found = page("meanWait", alpha, coupling)
    assert found == pytest.approx(explorer(alpha, coupling).mean_wait(), rel=1e-9)
    if total is not None:
        assert found == pytest.approx(total, rel=1e-10)


def test_the_mean_of_a_memory_at_rest_is_infinite(page):
    for alpha in (0.0, pi):
        assert explorer(alpha, 0.3).mean_wait() == float("inf")
        assert page("meanWait", alpha, 0.3) is None  # what JSON makes of Infinity
        assert "no tick ever comes" in explorer(alpha, 0.3).describe()
        assert not any(explorer(alpha, 0.3).sample()[0])


@pytest.mark.parametrize(("alpha", "coupling"), SETTINGS)
def test_period_is_that_of_the_eigenvalues(page, alpha, coupling):
    values = np.linalg.eigvals(kraus(alpha, coupling)[0])
    period = explorer(alpha, coupling).period()
    if np.abs(values.imag).max() < 1e-9:
        assert period is None
        assert page("periodOf", alpha, coupling) is None
    else:
        theta = np.abs(np.angle(values)).max()
        wanted = pi / min(theta, pi - theta)
        assert period == pytest.approx(wanted, rel=1e-9)
        assert page("periodOf", alpha, coupling) == pytest.approx(period, rel=PARITY)
        assert np.abs(values) == pytest.approx(np.sqrt(cos(coupling)), abs=PARITY)


@pytest.mark.parametrize("name", CLOCKS)
def test_named_clocks_have_their_eigenvalues(name):
    cosine, stays = CLOCKS[name]
    alpha, coupling = PRESETS[name]
    assert explorer(alpha, coupling).period() == pytest.approx(pi / np.arccos(cosine))
    values = np.linalg.eigvals(kraus(alpha, coupling)[0])
    wanted = np.sqrt(stays) * np.exp(1j * np.arccos(cosine))
    assert np.abs(values - wanted).min() < PARITY


def test_no_rhythm_has_none():
    assert explorer(*NO_RHYTHM).period() is None
    falling = np.diff(explorer(*NO_RHYTHM).chances())
    assert (falling >= -PARITY).all()  # towards a constant, from one side


def test_rotations_by_alpha_and_its_rest_make_the_same_ticks(page):
    for alpha, coupling in SETTINGS:
        same = page("waitingTimes", pi - alpha, coupling, WAITS)
        assert page("waitingTimes", alpha, coupling, WAITS) == pytest.approx(same, abs=PARITY)


@pytest.mark.parametrize("coupling", [pi / 90, 0.3, PRESETS["Clock A"][1], pi / 3])
@pytest.mark.parametrize("alpha", [0.0, 0.9, 2.5])
def test_entangling_power_is_the_librarys(page, alpha, coupling):
    wanted = average_entangling_power(explorer(alpha, coupling).cell.entangler)
    assert page("stepPower", coupling) == pytest.approx(wanted, abs=PARITY)
    assert wanted < 2 / 9


def test_chances_from_waiting_times(page):
    """A coin has the same chance at each step; what is left in the far tail is not divided by."""
    assert chances_of(a_fit()) == pytest.approx(0.1, abs=1e-9)
    assert page("chancesOf", a_fit().tolist()) == pytest.approx([0.1] * WAITS, abs=1e-9)
    short = [0.5, 0.5, *[0.0] * 58]
    assert page("chancesOf", short) == [0.5, 1.0, *[None] * 58]
    assert chances_of(short)[:2].tolist() == [0.5, 1.0]
    assert np.isnan(chances_of(short)[2:]).all()
    figure = ClockExplorer()
    waits, chances = figure.waiting_times(), figure.chances()
    assert chances_of(waits) == pytest.approx(chances, abs=1e-9)


# Samples ----------------------------------------------------------------------------------------


def test_page_and_python_draw_the_same_sample(page):
    for seed, (alpha, coupling) in enumerate(SETTINGS):
        figure = explorer(alpha, coupling, seed=seed)
        ticks, found, chances = figure.sample()
        ours = page("sampleOf", figure.state())
        assert ours["ticks"] == ticks.tolist()
        assert len(ticks) == SAMPLE + 1
        assert ours["chances"] == pytest.approx(chances, abs=1e-9)
        # 0 and pi are both |0>.
        apart = (np.array(ours["angles"]) - found + pi / 2) % pi - pi / 2
        assert np.abs(apart).max() < 1e-9
        assert found.min() >= 0 <= min(ours["angles"])
        assert found.max() <= pi + PARITY >= max(ours["angles"])
        # A tick leaves |0>, and the next chance follows from the angle.
        assert not found[ticks].any()
        wanted = (sin(coupling) * np.sin(found + alpha)) ** 2
        assert chances == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", PRESETS)
def test_waits_of_a_long_sample_follow_their_distribution(page, name, seed):
    """Chi-square over 40 waiting times and the rest; fails by chance once in ten thousand."""
    alpha, coupling = PRESETS[name]
    call = f"samplePath({alpha}, {coupling}, uniforms({seed}), 60000).ticks"
    ticks = np.flatnonzero(page(f"((x) => {call})", 0))
    waits = np.diff([0, *ticks])
    wanted = explorer(alpha, coupling).waiting_times()[:40]
    counts = np.bincount(np.minimum(waits, 41), minlength=42)[1:]
    expected = np.array([*wanted, 1 - wanted.sum()]) * len(waits)
    # Rare waits are counted together with the long ones.
    rare = expected < 5
    counts = [*counts[~rare], counts[rare].sum()]
    expected = [*expected[~rare], expected[rare].sum()]
    kept = np.array(expected) > 0
    assert len(waits) > 1500
    result = stats.chisquare(np.array(counts)[kept], np.array(expected)[kept])
    assert result.pvalue > 1e-4


def test_uniform_numbers_are_the_pages(page):
    draws = uniforms(123456)
    ours = page("((seed) => Array.from({ length: 50 }, uniforms(seed)))", 123456)
    assert ours == [next(draws) for _ in range(50)]
    assert 0 <= min(ours) <= max(ours) < 1


def test_the_angle_is_drawn_within_its_axis(page):
    """Whatever the clock; and where it leaves at one end, it comes in at the other."""
    for seed, (alpha, coupling) in enumerate([*SETTINGS, (0.0, 0.3), (pi, 0.3)]):
        state = explorer(alpha, coupling, seed=seed).state()
        sample = page("sampleOf", state)
        for first, last in ((0, SAMPLE), (40, 80)):
            part = {"first": first, "last": last}
            points = page("anglePoints", sample, alpha <= pi / 2, part)
            drawn = np.array([point for point in points if point is not None], dtype=float)
            assert np.isfinite(drawn).all()
            assert (np.diff(drawn[:, 0]) >= 0).all()
            assert -PARITY <= drawn[:, 1].min() <= drawn[:, 1].max() <= pi + PARITY
            # Each step is on the curve.
            steps = dict(drawn.tolist())
            for k in range(first, last + 1):
                # 0 and pi are both |0>.
                assert sin(steps[k] - sample["angles"][k]) == pytest.approx(0, abs=1e-9)


# Words ------------------------------------------------------------------------------------------


def test_the_page_says_the_same_words(page):
    figures = [explorer(*pair, seed=k, step=1 + 5 * k) for k, pair in enumerate(SETTINGS[:20])]
    figures += [ClockExplorer(fits=FITS, **extra) for extra in ({}, {"show_fits": False})]
    figures += [explorer(1.0, 0.5, fits=FITS), explorer(*PRESETS["Clock C"], fits=FITS)]
    figures += [explorer(*PRESETS["Clock B"], fits=FITS, shows="chances"), explorer(0.0, 0.5)]
    figures += [explorer(1.0, 0.4, shows=shows, wait=n) for shows in SHOWN for n in (1, 2, 60)]
    figures += [
        ClockExplorer(fits={(0.6, 0.94): {"8": a_fit(), "4": a_fit(), "this clock": a_fit()}})
    ]
    figures += [explorer(1.0, 0.5, fits={(0.8, 0.97): {"coin": a_fit()}}), explorer(pi, 0.5)]
    for figure in figures:
        assert page("describe", figure.state()) == figure.describe()
    assert ClockExplorer(fits=FITS).describe() == (
        "Clock A, waiting times: rotation 53.2°, coupling 19.9° (s = 0.940). Ticks are 16.2 steps "
        "apart on average. Silence has a rhythm with a period of π/θ = 3.39 steps. 1.3 % of all "
        "waits are 3 steps long. The average entangling power of a step is 0.0487; two qubits "
        "reach 2/9 = 0.2222 at most. After step 40 of sample 1 the memory is at 3°, and the next "
        "outcome is a tick with probability 8.0 %. Grey: classical models fitted to its "
        "ticks (a coin, another)."
    )


@pytest.mark.parametrize(("alpha", "coupling"), SETTINGS)
def test_the_answer_is_that_of_the_chances(page, alpha, coupling):
    """Without a rhythm the chances only rise; with one they fall, at the wait that is shown."""
    figure = explorer(alpha, coupling)
    chances, answer = figure.chances(), page("answerOf", figure.state())
    if figure.period() is None:
        assert answer["right"] == "always"
    else:
        assert answer["right"] == "not always"
        before, after = answer["wait"] - 2, answer["wait"] - 1
        assert chances[after] < chances[before]
        assert (np.diff(chances[: before + 1]) >= -1e-9).all()
        assert f"after {after} it is {100 * chances[after]:.1f} %" in answer["why"]


def test_what_is_read_out_is_a_probability():
    figure = explorer(1.0, 0.4, wait=7)
    tick = sin(0.4) ** 2
    assert f"{100 * figure.waiting_times()[6]:.1f} % of all waits are 7 steps" in figure.describe()
    figure.wait = 1
    assert f"{100 * tick * sin(1.0) ** 2:.1f} % of all waits are 1 step long" in figure.describe()
    figure.shows, figure.wait = "chances", 2
    assert "If the last tick came 1 step ago, the next step is a tick" in figure.describe()


def test_words_of_other_settings():
    assert "Silence has no rhythm" in explorer(*NO_RHYTHM).describe()
    assert "(with the ticks of 36.9°)" in explorer(pi - PRESETS["Clock B"][0], 0.3).describe()
    off = explorer(1.0, 0.5, fits=FITS)
    assert off.describe().endswith("fitted to the ticks of Clock A and Clock C only.")
    assert off.describe().startswith(f"Waiting times: rotation {degrees(1.0):.1f}°")
    assert "lassical" not in explorer(1.0, 0.5).describe()
    assert "lassical" not in ClockExplorer(fits=FITS, show_fits=False).describe()


# The widget -------------------------------------------------------------------------------------


def test_what_the_front_end_sets_becomes_a_value():
    figure = ClockExplorer(fits=FITS)
    figure.set_state({"alpha": 1.0, "coupling": 0.4, "step": 7, "seed": 3, "wait": 9})
    assert (figure.alpha, figure.coupling, figure.step, figure.seed) == (1.0, 0.4, 7, 3)
    assert figure.wait == 9
    changed = {"alpha", "coupling", "wait", "seed", "step", "shows", "show_fits"}
    assert set(figure.state()) == {*changed, "presets", "fits"}
    assert list(figure.fits) == ["Clock A", "Clock C"]
    assert figure.fits["Clock A"][0] == ["a coin", a_fit().round(7).tolist()]
    assert json.loads(json.dumps(figure.state())) == figure.state()
    with pytest.raises(traitlets.TraitError, match="fits"):
        figure.fits = {}


@pytest.mark.parametrize("shows", SHOWN)
def test_still_is_drawn_in_each_state(shows):
    for pair, curves in ((PRESETS["Clock A"], 3), (PRESETS["Clock B"], 1), ((0.0, 0.5), 1)):
        figure = explorer(*pair, fits=FITS, shows=shows).still()
        top, strip, bottom = figure.axes
        assert len(top.lines) == curves
        assert (top.get_legend() is not None) == (curves > 1)
        assert strip.get_xlim() == bottom.get_xlim()
        plt.close(figure)


def test_all_four_media():
    figure = ClockExplorer(fits=FITS)
    data, _ = figure._repr_mimebundle_()
    assert data["text/plain"] == figure.describe()
    assert len(data["image/png"]) > 5000
    assert figure.describe() in data["text/html"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("alpha", value) for value in (-0.1, 3.2, float("nan"), "right", None)],
        *[("coupling", value) for value in (0.0, 1.1, float("inf"), "strong", None)],
        *[("step", value) for value in (0, 121, 1.5)],
        *[("wait", value) for value in (0, 61, 2.5)],
        *[("seed", value) for value in (-1, 10**6 + 1, "one")],
        ("shows", "ticks"),
        ("show_fits", "yes"),
    ],
)
def test_wrong_values_are_refused_by_name(name, wrong):
    with pytest.raises(traitlets.TraitError, match=f"'{name}' trait of a ClockExplorer"):
        ClockExplorer(**{name: wrong})


@pytest.mark.parametrize(
    ("fits", "error", "message"),
    [
        ([0.1], TypeError, "fits must be a mapping of clocks to models, got list"),
        ({(0.5, 0.94): {}}, ValueError, r"fits must have clocks .* among \(0.6, 0.94\).*0.5"),
        ({(0.6, 0.94): {}}, ValueError, r"fits\[\(0.6, 0.94\)\] must be a mapping of 1 to 4"),
        ({(0.6, 0.94): [0.1]}, ValueError, r"fits\[\(0.6, 0.94\)\] must be a mapping of 1 to 4"),
        (
            {(0.6, 0.94): {f"{k}": a_fit() for k in range(5)}},
            ValueError,
            r"fits\[\(0.6, 0.94\)\] must be a mapping of 1 to 4",
        ),
        ({(0.6, 0.94): {1: a_fit()}}, TypeError, r"name of a model in fits\[\(0.6, 0.94\)\]"),
        ({(0.6, 0.94): {"8": a_fit()[1:]}}, ValueError, r"\['8'\] must have shape \(60,\)"),
        ({(0.6, 0.94): {"8": ["a"] * 60}}, TypeError, r"\['8'\] must be an array of real"),
        ({(0.6, 0.94): {"8": -a_fit()}}, ValueError, r"\['8'\] must be probabilities .* -0.1"),
        ({(0.6, 0.94): {"8": 2 * a_fit()}}, ValueError, "sum to at most 1, got .* sum 1.99"),
        ({(0.6, 0.94): {"8": a_fit() * np.nan}}, ValueError, r"\['8'\] must be finite"),
    ],
)
def test_wrong_fits_are_refused(fits, error, message):
    with pytest.raises(error, match=message):
        ClockExplorer(fits=fits)
