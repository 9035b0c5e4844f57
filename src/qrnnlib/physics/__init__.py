"""Circuits, operators and what they do to entanglement. Nothing here imports JAX."""
