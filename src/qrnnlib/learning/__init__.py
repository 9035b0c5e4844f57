"""Estimators, their training, baselines, and comparisons of forecasts."""
