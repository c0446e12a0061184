"""The ``loadproof`` command."""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from loadproof import __version__
from loadproof.archive import unpack
from loadproof.errors import BadInput

EXIT_INVALID = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 PASS, 1 FAIL, 2 INVALID or refused."""
    arguments = None
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.command(arguments))
    except BadInput as error:
        message = str(error)
        print(f"loadproof: {message}", file=sys.stderr)
    except Exception as error:
        # Python would end with 1, which says that the app failed
        message = f"loadproof itself failed, please report it: {type(error).__name__}: {error}"
        traceback.print_exc()
        print(f"loadproof: {message}", file=sys.stderr)
    # a pod has no other way to tell why it was refused
    _write_termination_log(_termination_log(arguments, argv), message)
    return EXIT_INVALID


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="loadproof", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="put load on a target and judge it; exit 0 PASS, 1 FAIL, 2 INVALID")
    run.set_defaults(command=_run)
    run.add_argument("--target", required=True, metavar="URL", help="base URL of the app")
    run.add_argument(
        "--scenario", required=True, metavar="FILE_OR_NAME", help="a scenario file, or the name of a built-in one"
    )
    run.add_argument("--rate", type=float, metavar="N", help="tasks started per second")
    run.add_argument(
        "--users", type=int, metavar="N", help="closed loop: N users, each asks again when it has its answer"
    )
    run.add_argument("--duration", metavar="TIME", help="length of the run, like 30s or 5m")
    run.add_argument(
        "--ramp", metavar="TIME", default="0", help="first part of the duration, in which the rate rises from 0"
    )
    run.add_argument(
        "--stage",
        action="append",
        default=[],
        metavar="TIME:RATE",
        help="instead of --rate and --duration, once per stage: 30s:100 holds a rate, 10s:0-100 ramps",
    )
    run.add_argument(
        "--slo", action="append", default=[], metavar="METRIC=LIMIT", help="like p99Ms=250 or 'GET /items p99Ms=100'"
    )
    run.add_argument("--timeout", default="10s", metavar="TIME", help="limit of a whole request (default 10s)")
    run.add_argument(
        "--connections",
        type=int,
        default=20,
        metavar="N",
        help="connections in turn (default 20); more when all are busy",
    )
    run.add_argument(
        "--requests-per-connection",
        type=int,
        default=0,
        metavar="N",
        help="leave a connection after N requests, so that new pods get their share (default 0: never)",
    )
    run.add_argument(
        "--min-requests", type=int, default=10, metavar="N", help="each endpoint needs so many requests (default 10)"
    )
    run.add_argument(
        "--max-lag", default="10ms", metavar="TIME", help="how late (p99) the generator may send (default 10ms)"
    )
    run.add_argument("--pod-header", metavar="NAME", help="response header that carries the name of the pod")
    run.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="set a parameter of the scenario"
    )
    run.add_argument("--note", action="append", default=[], metavar="NAME=VALUE", help="a fact to show in the report")
    run.add_argument("--workers", type=int, default=0, metavar="N", help="have N 'loadproof worker' make the load")
    run.add_argument("--bind", default="*:5557", metavar="HOST:PORT", help="where to wait for them (default *:5557)")
    run.add_argument("--insecure", action="store_true", help="accept any TLS certificate")
    run.add_argument("--report", type=Path, metavar="DIR", help="write the reports to this folder")
    run.add_argument(
        "--archive", action="store_true", help="print the report folder as text at the end, for 'loadproof extract'"
    )
    run.add_argument("--termination-log", type=Path, metavar="FILE", help="write the verdict here, at most 4 KiB")

    worker = commands.add_parser("worker", help="make load for a 'loadproof run --workers'")
    worker.set_defaults(command=_worker)
    worker.add_argument("--master", required=True, metavar="HOST:PORT", help="where that waits")

    extract = commands.add_parser("extract", help="get the report folder out of a log")
    extract.set_defaults(command=_extract)
    extract.add_argument(
        "--log", type=Path, required=True, metavar="FILE", help="the log of a run with --archive; - is standard input"
    )
    extract.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    annotate = commands.add_parser("annotate", help="add the cluster's events and other facts to a report")
    annotate.set_defaults(command=_annotate)
    annotate.add_argument("folder", type=Path, metavar="DIR", help="a report folder")
    annotate.add_argument("--events", type=Path, metavar="FILE", help='JSON list of {"time", "kind", "text", "pod"}')
    annotate.add_argument("--note", action="append", default=[], metavar="NAME=VALUE", help="a fact to show")

    compare = commands.add_parser("compare", help="compare two runs")
    compare.set_defaults(command=_compare)
    compare.add_argument("base", type=Path, metavar="BASE", help="report folder of the run to compare with")
    compare.add_argument("new", type=Path, metavar="NEW", help="report folder of the run to look at")
    compare.add_argument("--out", type=Path, metavar="FILE", help="write the comparison to this HTML file")
    compare.add_argument("--fail-on-slower", action="store_true", help="exit 1 when a percentile became slower")

    index = commands.add_parser("index", help="make an index.html over all runs in a folder")
    index.set_defaults(command=_index)
    index.add_argument("folder", type=Path, metavar="DIR")
    return parser


def _annotate(arguments: argparse.Namespace) -> int:
    from loadproof.commands.annotate import annotate

    return annotate(arguments.folder, arguments.events, arguments.note)


def _compare(arguments: argparse.Namespace) -> int:
    from loadproof.commands.compare import compare_runs

    return compare_runs(arguments.base, arguments.new, arguments.out, arguments.fail_on_slower)


def _index(arguments: argparse.Namespace) -> int:
    from loadproof.commands.index import write_index

    return write_index(arguments.folder)


def _run(arguments: argparse.Namespace) -> int:
    # imported here: these bring Locust, which replaces the standard library's blocking calls when imported
    from loadproof.commands.run import run_command

    return run_command(arguments)


def _worker(arguments: argparse.Namespace) -> int:
    from loadproof.commands.run import worker_command

    return worker_command(arguments)


def _extract(arguments: argparse.Namespace) -> int:
    try:
        log = (
            sys.stdin.read()
            if str(arguments.log) == "-"
            else arguments.log.read_text(encoding="utf-8", errors="replace")
        )
    except OSError as error:
        raise BadInput(f"log {arguments.log}: cannot be read: {error.strerror}") from error
    for path in unpack(log, arguments.out):
        print(path)
    return 0


def _termination_log(arguments: argparse.Namespace | None, argv: Sequence[str] | None) -> Path | None:
    if arguments is not None:
        return getattr(arguments, "termination_log", None)
    # the arguments could not be parsed as a whole; this one may still be readable
    only_log = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    only_log.add_argument("--termination-log", type=Path)
    try:
        found: Path | None = only_log.parse_known_args(argv)[0].termination_log
    except argparse.ArgumentError:
        return None
    return found


def _write_termination_log(path: Path | None, message: str) -> None:
    if path is None:
        return
    refusal = {"schema": 1, "verdict": "INVALID", "reasons": [message[:3000]]}
    try:
        path.write_text(json.dumps(refusal) + "\n", encoding="utf-8")
    except OSError as error:
        print(f"loadproof: {path} cannot be written: {error.strerror}", file=sys.stderr)
