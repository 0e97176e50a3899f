"""How long a warm run of the sample takes, and where the time goes: `python -m tests.bench.bench_run [runs]`.

Every run is a process of its own, as a user starts it. The first is thrown away: it may parse the project and keep what
the next ones start from. Beside it stands what `import dagster` takes on this machine at this moment, to compare
machines by.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import started_run

# A line of the log that begins so ends the phase.
PHASES = {
    "start": "alternative_me",
    "sources": "yahoo",
    "dbt before attribution": "dbt: ",
    "attribution, dbt after it": "dbt: ",
    "publish": "published",
}


def timed_run(home: Path) -> dict[str, float]:
    """Seconds of wall time of each phase of a run, of the whole, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = last = time.perf_counter()
    took: dict[str, float] = {}
    waiting = list(PHASES.items())
    run = started_run(home)
    assert run.stderr is not None
    for line in run.stderr:
        message = line.split(" ", 1)[-1]
        if waiting and message.startswith(waiting[0][1]):
            now = time.perf_counter()
            took[waiting.pop(0)[0]] = now - last
            last = now
    if run.wait() or waiting:
        raise SystemExit(f"the run ended with {run.returncode}, waiting for {waiting}")
    ended = time.perf_counter()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took | {"summary, end": ended - last, "whole": ended - began, "CPU": cpu_s}


def import_dagster_s() -> float:
    """What this machine takes for a known amount of Python."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import dagster"], check=True)
    return time.perf_counter() - began


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        timed_run(home)
        found = [timed_run(home) | {"import dagster": import_dagster_s()} for _ in range(runs)]
    print(f"{'seconds':26}" + "".join(f"{f'run {n + 1}':>8}" for n in range(runs)) + f"{'median':>8}")
    for name in found[0]:
        row = [run[name] for run in found]
        print(f"{name:26}" + "".join(f"{value:8.2f}" for value in [*row, sorted(row)[len(row) // 2]]))


if __name__ == "__main__":
    main()
