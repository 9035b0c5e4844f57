"""The measured cell: its QuTiP definition, and the JAX engine with the same numbers."""
