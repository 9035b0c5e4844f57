"""Entangling powers: the time of a search, and of the closed form compared with QuTiP's.

Two measurements, each after a warm-up:

- the power of a gate with ancillas, from 48 starts, with its bound, for two-qubit gates and the
  book's qubit-qutrit gate; also how many starts agree;
- the average power of 100,000 two-qubit gates, in one call here and in a loop over
  `qutip.entangling_power`. Each round of the loop takes a different part of the gates, and its time
  is scaled up. The numbers are compared first.
"""

import statistics
from functools import partial

import numpy as np
import qutip
from qutip import Qobj, gates

from benchmarks.timing import seconds
from qrnnlib import (
    average_entangling_power,
    disentangling_power,
    entangling_power,
    qubit_qutrit_gate,
)

GATES, LOOPED, ROUNDS = 100_000, 1_000, 5
AVERAGE_TARGET = 100.0  # at least this many times faster
TOLERANCE = 1e-10

#: Name, function, gate, ancillas, and the target in seconds.
SEARCHES = (
    ("sqrt(iSWAP), up", entangling_power, gates.sqrtiswap(), (2, 2), 0.1),
    ("Haar gate, up", entangling_power, qutip.rand_unitary([2, 2], seed=1), (2, 2), 0.1),
    ("CNOT, down", disentangling_power, gates.cnot(), (2, 2), 0.1),
    ("qubit-qutrit, up", entangling_power, qubit_qutrit_gate(), (2, 3), 0.3),
    ("qubit-qutrit, down", disentangling_power, qubit_qutrit_gate(), (2, 3), 0.3),
)


def main() -> bool:
    """Print both comparisons; return whether the average powers agree."""
    report_searches()
    return report_averages()


def report_searches() -> None:
    print(f"{'Power from 48 starts, with bound':32} {'ancillas':>9} {'seconds':>9}  ", end="")
    print(f"{'wanted':>7}  agree  found and bound (ebits)")
    for name, function, gate, ancillas, wanted in SEARCHES:
        power = function(gate, ancillas=ancillas, random_state=0)
        # A new seed each time, because the time depends on the starts.
        times = [
            seconds(partial(function, gate, ancillas=ancillas, random_state=seed))
            for seed in range(1, 2 * ROUNDS)
        ]
        median = statistics.median(times)
        print(
            f"  {name:30} {ancillas!s:>9} {median:9.3f}  {wanted:7.1f}  "
            f"{power.restarts_agreeing:2} of {power.restarts}  {power.value:.6f}  "
            f"{power.upper_bound:.6f}   {'met' if median <= wanted else 'MISSED'}"
        )


def report_averages() -> bool:
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(GATES, 4, 4)) + 1j * rng.normal(size=(GATES, 4, 4))
    q, r = np.linalg.qr(normal)
    diagonal = np.diagonal(r, axis1=1, axis2=2)
    unitaries = q * (diagonal / np.abs(diagonal))[:, None, :]  # Haar: Mezzadri 2007
    operators = [Qobj(u, dims=[[2, 2], [2, 2]]) for u in unitaries[: ROUNDS * LOOPED]]

    ours = average_entangling_power(unitaries, dims=(2, 2))
    theirs = [qutip.entangling_power(operator) for operator in operators[:LOOPED]]
    difference = float(np.max(np.abs(ours[:LOOPED] - theirs)))
    agreed = difference < TOLERANCE

    ratios, here, loops = [], [], []
    for turn in range(ROUNDS):
        part = operators[turn * LOOPED : (turn + 1) * LOOPED]
        here.append(seconds(partial(average_entangling_power, unitaries, dims=(2, 2))))
        loop = seconds(lambda part=part: [qutip.entangling_power(u) for u in part])
        loops.append(loop * GATES / LOOPED)
        ratios.append(loops[-1] / here[-1])
    ratio = statistics.median(ratios)
    print(
        f"\nAverage power of {GATES:,} two-qubit gates\n"
        f"  largest difference {difference:.1e}   {'agrees' if agreed else 'DISAGREES'} "
        f"(below {TOLERANCE:.0e} wanted)\n"
        f"  qrnnlib, one call   {statistics.median(here):8.2f} s\n"
        f"  QuTiP, in a loop    {statistics.median(loops):8.2f} s   (from {LOOPED:,} at a time)\n"
        f"  ratio {ratio:,.0f}   target: at least {AVERAGE_TARGET:,.0f}, "
        f"{'met' if ratio >= AVERAGE_TARGET else 'MISSED'}   "
        f"(from {min(ratios):,.0f} to {max(ratios):,.0f})",
        flush=True,
    )
    return agreed


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
