"""What the load generator itself costs: CPU, lag and memory at several rates, against a small server on loopback.

Run as ``python benchmarks/generator_cost.py [SECONDS]`` (default 10 per rate). Aim: less than 0.4 core and a lag p99
below 10 ms at 500 requests per second. The server shares the machine, so an idle machine with two cores is the least:
"waited" is the time in which the generator was ready to send and others had the CPUs, which is where lag comes from.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

SERVER = Path(__file__).parents[1] / "tests" / "bad_server.py"
RATES = (100, 300, 500, 1000)
SCENARIOS = ("json", "items")


def measure(url: str, scenario: str, rate: int, seconds: float) -> str:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                *(sys.executable, "-m", "loadproof", "run", "--target", url, "--scenario", scenario),
                *("--rate", str(rate), "--duration", f"{seconds}s", "--report", folder),
            ],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        verdict = json.loads((Path(folder) / "verdict.json").read_text())
    cores = verdict["generator"]["cpuSeconds"] / verdict["durationSeconds"]
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return (
        f"{scenario:8}  {rate:5}  {verdict['rate']['achieved']:8.1f}  {cores:5.2f}  "
        f"{1000 * cores / rate:10.2f}  {verdict['generator']['lagP99Ms']:7.1f}  "
        f"{verdict['generator']['cpuWaitSeconds'] or 0:8.2f}  {verdict['latencyMs']['p99']:6.1f}  "
        f"{peak_mib:8.0f}  {verdict['verdict']}"
    )


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    server = subprocess.Popen([sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    url = f"http://127.0.0.1:{int(server.stdout.readline())}"
    print("scenario   rate  achieved  cores  ms/request  lag p99  waited s  p99 ms  peak MiB  verdict")
    for scenario in SCENARIOS:
        for rate in RATES:
            print(measure(url, scenario, rate, seconds), flush=True)
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
