"""What only the book needs: live figures, plots, checkers of exercises, recorded training."""
