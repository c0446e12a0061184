"""Options that several commands share."""

from loadproof.errors import BadInput


def parse_pairs(texts: list[str], option: str) -> dict[str, str]:
    """The NAME=VALUE texts of an option that may be given several times. Raises BadInput."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise BadInput(f"--{option} {text!r}: write NAME=VALUE")
        pairs[name] = value
    return pairs
