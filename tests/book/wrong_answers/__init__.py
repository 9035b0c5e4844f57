"""Typical wrong answers to the book's code exercises, a module for each chapter."""
