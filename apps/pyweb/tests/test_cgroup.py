"""CPU limits as kernels and container runtimes present them."""

import pytest
from pyweb.cgroup import cpu_limit

V1 = "4:memory:/kubepods/pod1\n3:cpu,cpuacct:/kubepods/pod1\n1:name=systemd:/\n"
V1_DIRECTORY = "sys/fs/cgroup/cpu,cpuacct"


@pytest.mark.parametrize(
    ("cgroup", "files", "limit"),
    [
        pytest.param("0::/\n", {"sys/fs/cgroup/cpu.max": "50000 100000"}, 0.5, id="v2 container"),
        pytest.param("0::/\n", {"sys/fs/cgroup/cpu.max": "max 100000"}, None, id="v2 without limit"),
        pytest.param("0::/\n", {}, None, id="v2 root"),
        pytest.param(
            "0::/pod/app\n",
            {"sys/fs/cgroup/pod/app/cpu.max": "300000 100000", "sys/fs/cgroup/pod/cpu.max": "150000 100000"},
            1.5,
            id="v2 with a smaller limit on the parent",
        ),
        pytest.param(
            "0::/../other\n", {"sys/fs/cgroup/cpu.max": "200000 100000"}, 2.0, id="v2 outside the cgroup namespace"
        ),
        pytest.param(
            V1,
            {f"{V1_DIRECTORY}/cpu.cfs_quota_us": "25000", f"{V1_DIRECTORY}/cpu.cfs_period_us": "100000"},
            0.25,
            id="v1 container, with the host's path",
        ),
        pytest.param(
            V1,
            {
                f"{V1_DIRECTORY}/kubepods/pod1/cpu.cfs_quota_us": "200000",
                f"{V1_DIRECTORY}/kubepods/pod1/cpu.cfs_period_us": "100000",
                f"{V1_DIRECTORY}/cpu.cfs_quota_us": "-1",
                f"{V1_DIRECTORY}/cpu.cfs_period_us": "100000",
            },
            2.0,
            id="v1 host",
        ),
        pytest.param(
            V1,
            {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"},
            1.0,
            id="v1 mounted under the name of one controller",
        ),
        pytest.param(V1, {f"{V1_DIRECTORY}/cpu.cfs_quota_us": "-1"}, None, id="v1 without limit"),
        pytest.param(None, {}, None, id="no /proc"),
    ],
)
def test_reads_the_limit(tmp_path, cgroup, files, limit):
    if cgroup is not None:
        files = {**files, "proc/self/cgroup": cgroup}
    for name, content in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{content}\n" if name != "proc/self/cgroup" else content)
    assert cpu_limit(tmp_path) == limit
