"""The report gets out of a log whole, or not at all."""

import base64
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from loadproof.archive import BEGIN, END, pack, unpack
from loadproof.cli import main
from loadproof.errors import BadInput


@pytest.fixture
def packed(tmp_path: Path) -> str:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "verdict.json").write_text('{"verdict":"PASS"}')
    (folder / "report.html").write_bytes(bytes(range(256)) * 400)
    return pack(folder)


def log_of(tar_members: Callable[[tarfile.TarFile], None]) -> str:
    """A log with a well-formed report around any archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar_members(tar)
    data = buffer.getvalue()
    return "\n".join([BEGIN, f"sha256:{hashlib.sha256(data).hexdigest()}", base64.b64encode(data).decode(), END, ""])


def file_named(name: str) -> Callable[[tarfile.TarFile], None]:
    return lambda tar: tar.addfile(tarfile.TarInfo(name), io.BytesIO())


def link_to(target: str) -> Callable[[tarfile.TarFile], None]:
    def add(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("verdict.json")
        member.type, member.linkname = tarfile.SYMTYPE, target
        tar.addfile(member)

    return add


def test_what_goes_in_comes_out(packed: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    unpack(f"progress\n{packed}one more line\n", out)
    assert (out / "verdict.json").read_text() == '{"verdict":"PASS"}'
    assert (out / "report.html").read_bytes() == bytes(range(256)) * 400


def test_windows_line_ends_do_no_harm(packed: str, tmp_path: Path) -> None:
    assert len(unpack(packed.replace("\n", "\r\n"), tmp_path / "out")) == 2


def test_the_last_report_of_a_log_counts(packed: str, tmp_path: Path) -> None:
    unpack(log_of(file_named("old.json")) + packed, tmp_path / "out")
    assert not (tmp_path / "out" / "old.json").exists()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda log: log.replace(BEGIN, ""), "no report"),
        (lambda log: log.replace(END, ""), "cut off"),
        (lambda log: log[: len(log) // 2], "cut off"),
        (lambda log: log.replace(log.splitlines()[3] + "\n", ""), "damaged"),
        (lambda log: log.replace(log.splitlines()[3], "not base64 at all!"), "damaged"),
        (lambda log: log.replace("sha256:", "sha1:"), "no checksum"),
    ],
    ids=["no begin", "no end", "half", "a line lost", "a line changed", "no checksum"],
)
def test_a_damaged_report_is_refused(packed: str, tmp_path: Path, damage: Callable[[str], str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        unpack(damage(packed), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "members",
    [
        file_named("../escape"),
        file_named("/absolute"),
        file_named("sub/folder"),
        file_named(".."),
        link_to("/etc/passwd"),
    ],
    ids=["parent folder", "absolute path", "subfolder", "the parent itself", "link"],
)
def test_an_unsafe_report_is_refused(members: Callable[[tarfile.TarFile], None], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a plain file"):
        unpack(log_of(members), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_command_line(packed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "pod.log"
    log.write_text(packed)
    assert main(["extract", "--log", str(log), "--out", str(tmp_path / "out")]) == 0
    assert "verdict.json" in capsys.readouterr().out
    log.write_text("no report here")
    assert main(["extract", "--log", str(log), "--out", str(tmp_path / "out")]) == 2
    assert "no report" in capsys.readouterr().err
    assert main(["extract", "--log", str(tmp_path / "missing"), "--out", str(tmp_path / "out")]) == 2


def test_a_report_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadproof.archive.MAX_UNPACKED_BYTES", 1000)

    def add_zeros(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("zeros")
        member.size = 1001
        tar.addfile(member, io.BytesIO(bytes(1001)))

    with pytest.raises(BadInput, match="more than 1000 bytes"):
        unpack(log_of(add_zeros), tmp_path / "out")
