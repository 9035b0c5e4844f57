"""Export of a trained cell as a circuit, for other simulators and for hardware."""
