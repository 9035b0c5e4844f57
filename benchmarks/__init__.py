"""Benchmarks of this library against others: ``make bench``. See README.md."""
