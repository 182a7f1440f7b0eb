"""Training: courses and cards, when officers are asked, what, and what they still know. Rules are pure; `planner.py` and `records.py`
meet the store."""
