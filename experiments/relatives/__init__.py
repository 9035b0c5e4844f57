"""Quantum recurrent models of other authors, one file each, on this library's circuits.

The first four are `equinox` modules that map a window (steps,) or (steps, features), scaled to
about [-1, 1], to the forecast of the next value. Every array in them is trained; they are drawn
by ``Model(features, key)``, like `qrnnlib.learning.classical_cells.LSTMWeights`. Each has a method
``states(window)``, the state after each value. The two reservoirs, one quantum and one classical,
map a whole sequence to states and have no trained weights.
"""
