"""This library measured beside others: ``make bench``. See README.md."""
