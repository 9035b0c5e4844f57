"""Quantum recurrent neural networks whose memory is entanglement."""
