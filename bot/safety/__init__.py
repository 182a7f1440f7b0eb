"""The floor under everybody: exit words and danger, read from data, without anything that can be down (R3, R13)."""
