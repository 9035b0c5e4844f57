"""The measured cell: its QuTiP definition, and a JAX engine that gives the same numbers."""
