"""A request for a safe place from the first question to a person who answers: intake, people on call and store tied together.

Everything here runs inside the transaction that marks the message handled (rulings 1); the pure rules are in `bot/intake` and `bot/oncall`.
"""
