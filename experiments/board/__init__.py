"""The fair board: forecasting problems, and every model that is given its chance at them."""
