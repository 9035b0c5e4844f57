"""Circuits, unitaries and their effect on entanglement. Nothing here imports JAX."""
