"""The error that stands for a user's mistake."""


class BadInput(Exception):
    """The run was refused before any load: the message says what is wrong, where, and what to do."""
