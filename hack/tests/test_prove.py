"""The exit code of `make prove`."""

import pytest

from hack.prove import exit_code


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["PASS", "PASS"], 0),
        (["PASS", "FAIL"], 1),
        (["PASS", "INVALID"], 2),
        (["INVALID", "FAIL"], 1),
        ([], 2),
    ],
)
def test_only_pass_is_success(verdicts: list[str], code: int) -> None:
    assert exit_code(verdicts) == code
