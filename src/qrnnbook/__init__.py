"""Code that only the book needs: live figures, plots, exercise checkers, recorded training."""
