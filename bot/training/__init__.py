"""Refreshers: courses and cards, and what is done with them."""
