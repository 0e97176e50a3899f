"""How long the attribution takes: ten years of sessions with 30 shocks, and the whole step on the sample and beside it.

    python -m tests.bench.bench_attribution

One thread, as in a run. Exit code 1 if ten years take more than 2 s, or the sample's step more than 1.5 s.
"""

import sys
import time

from threadpoolctl import threadpool_limits

from orchestration.defs.attribution.attribute import attribute
from tests.unit.attribution_inputs import real_inputs
from tests.unit.test_attribution_figures import seconds_of_ten_years


def seconds_of_step(folder: str) -> float:
    inputs = real_inputs(folder)
    started = time.perf_counter()
    attribute(inputs)
    return time.perf_counter() - started


def main() -> int:
    with threadpool_limits(limits=1):
        found = {
            "ten years, 30 shocks, intervals of 60 episodes, monthly shares": (seconds_of_ten_years(), 2.0),
            "the step on the sample (333 sessions, 9 shocks)": (min(seconds_of_step("figures") for _ in range(3)), 1.5),
            "the step on 2023 to 2025 (751 sessions)": (min(seconds_of_step("history") for _ in range(3)), None),
        }
    for what, (seconds, limit) in found.items():
        print(f"{seconds:6.2f} s  {what}" + (f" (at most {limit} s)" if limit else ""))
    return int(any(limit is not None and seconds > limit for seconds, limit in found.values()))


if __name__ == "__main__":
    sys.exit(main())
