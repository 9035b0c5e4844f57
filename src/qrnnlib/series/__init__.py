"""Series from files, services and formulas, and the windows cut from them."""
