"""Channels translate, nothing else: a platform's words into `Incoming`, `Rendered` into a platform's words."""
