"""Throttling and CPU limit as cgroup v1 and v2 show them, inside and outside of containers."""

from pathlib import Path

import pytest

from loadproof.cgroup import CpuThrottling, read_cpu_limit, read_throttling

V1_STAT = "nr_periods 120\nnr_throttled 7\nthrottled_time 2500000000\n"
V2_STAT = "usage_usec 99\nuser_usec 50\nsystem_usec 49\nnr_periods 120\nnr_throttled 7\nthrottled_usec 2500000\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    return tmp_path / "proc-self-cgroup"


@pytest.mark.parametrize(
    ("membership", "folder", "stat", "quota"),
    [
        pytest.param("0::/\n", "", V2_STAT, {"cpu.max": "50000 100000\n"}, id="v2 in a container"),
        pytest.param("0::/user/app\n", "user/app", V2_STAT, {"cpu.max": "50000 100000\n"}, id="v2 on a host"),
        pytest.param("0::/host/path\n", "", V2_STAT, {"cpu.max": "50000 100000\n"}, id="v2, path of the host"),
        pytest.param(
            "4:memory:/pod\n3:cpu,cpuacct:/pod\n0::/\n",
            "cpu,cpuacct",
            V1_STAT,
            {"cpu.cfs_quota_us": "50000\n", "cpu.cfs_period_us": "100000\n"},
            id="v1 in a container",
        ),
        pytest.param(
            "1:cpu:/pod\n",
            "cpu/pod",
            V1_STAT,
            {"cpu.cfs_quota_us": "50000\n", "cpu.cfs_period_us": "100000\n"},
            id="v1 on a host",
        ),
    ],
)
def test_throttling_and_limit(
    tmp_path: Path, proc: Path, membership: str, folder: str, stat: str, quota: dict[str, str]
) -> None:
    root = tmp_path / "cgroup"
    write(proc, membership)
    write(root / folder / "cpu.stat", stat)
    for name, text in quota.items():
        write(root / folder / name, text)
    assert read_throttling(root, proc) == CpuThrottling(periods=7, seconds=2.5)
    assert read_cpu_limit(root, proc) == 0.5


@pytest.mark.parametrize(
    ("membership", "folder", "stat", "quota"),
    [
        ("0::/\n", "", V2_STAT, {"cpu.max": "max 100000\n"}),
        ("1:cpu:/\n", "cpu", V1_STAT, {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}),
    ],
    ids=["v2", "v1"],
)
def test_no_limit(tmp_path: Path, proc: Path, membership: str, folder: str, stat: str, quota: dict[str, str]) -> None:
    root = tmp_path / "cgroup"
    write(proc, membership)
    write(root / folder / "cpu.stat", stat)
    for name, text in quota.items():
        write(root / folder / name, text)
    assert read_cpu_limit(root, proc) is None


def test_unknown_is_not_zero(tmp_path: Path, proc: Path) -> None:
    root = tmp_path / "cgroup"
    assert read_throttling(root, proc) is None, "no Linux"
    write(proc, "0::/\n")
    assert read_throttling(root, proc) is None, "no cgroup file system"
    write(root / "cpu.stat", "usage_usec 99\n")
    assert read_throttling(root, proc) is None, "the root cgroup of a host has no quota"
    assert read_cpu_limit(root, proc) is None
