"""The questions of a request for a safe place: a graph that is data, walked by pure functions. No database and no clock here."""
