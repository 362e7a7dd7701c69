"""Speed of `sluice capture`: against pg_recvlogical, by CPU, and of a snapshot against COPY.

Beside each figure stands what publishing prepared records of that size reaches in the same minutes:
no source that publishes them by this library can be faster.
"""
import json
import pathlib
import tempfile

from item import LOAD_INSTANCE, result, run

SECONDS_MAX = 1800


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "capture.json"
        code, _, _ = run(["scripts/bench", "capture", "--instance", LOAD_INSTANCE, "--json", path],
                         SECONDS_MAX)
        report = json.loads(path.read_text()) if path.exists() else {}
    passed, goals = report.get("passed", {}), report.get("goals", {})
    broken = f"scripts/bench ended with {code}"

    def median(name):
        return report["figures"][name]["median"]

    def tell(claim, name, figure, goal):
        result(claim, code == 0 and passed.get(name, False), figure() if report else broken, goal)

    tell("sluice capture, share of pg_recvlogical's rows per second", "stream_share",
         lambda: f"{median('stream_share'):.0%} ({median('stream_rate'):,.0f} rows/s)",
         f">= {goals.get('stream_share_min', 0.8):.0%}")
    tell("sluice capture, rows per CPU-second", "stream_per_cpu_s",
         lambda: f"{median('stream_per_cpu_s'):,.0f} (publishing alone: "
                 f"{median('publish_per_cpu_s'):,.0f})",
         f">= {goals.get('rows_per_cpu_s_min', 500_000):,}")
    tell("snapshot, share of COPY's rows per second", "snapshot_share",
         lambda: f"{median('snapshot_share'):.0%} (publishing alone: "
                 f"{median('publish_rate') / median('copy_rate'):.0%})",
         f">= {goals.get('snapshot_share_min', 0.6):.0%}")


if __name__ == "__main__":
    main()
