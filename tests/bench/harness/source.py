"""What `sluice capture` costs a row: against pg_recvlogical, COPY, and publishing alone."""
import itertools
import subprocess

import figures
import programs
import source_servers

STREAM_GOAL = 0.8
ROWS_PER_CPU_GOAL = 500_000
SNAPSHOT_GOAL = 0.6
RESIDENT_GOAL_MIB = 128
RUN_LIMIT_S = 600

numbers = itertools.count(1)


class Bench:
    """The programs that are compared, each over the same rows."""

    def __init__(self, options, folder, found):
        self.options, self.folder, self.found = options, folder, found
        self.log = folder / "programs.log"

    def receive(self, origin):
        """pg_recvlogical: reads the log and drops it."""
        with self.found.slot(origin, "bench_receive") as slot:
            cpu = source_servers.SenderCpu(self.found)
            result = source_servers.timed(
                ["pg_recvlogical", *self.found.address(), "-S", slot, "--start", "--no-loop", "-f",
                 "/dev/null", "-o", "proto_version=1", "-o",
                 f"publication_names={source_servers.PUBLICATION}",
                 f"--endpos={self.found.log_end()}"], RUN_LIMIT_S, self.log)
            return {**result, "sender_cpu_s": cpu.stop()}

    def copy(self, table):
        return source_servers.timed(
            ["psql", "-X", "-q", *self.found.address(), "-c", f"COPY {table} TO STDOUT"],
            RUN_LIMIT_S, self.log, subprocess.DEVNULL)

    def publish(self):
        """Prepared records of the same size: the floor of publishing, over prepared bytes."""
        topic = f"bench_publish_{next(numbers)}"
        self.found.kafka.create_topic(topic, 1)
        try:
            return programs.run_json(
                [self.options.build / "tests/bench/publish_only", "--brokers", self.found.broker,
                 "--topic", topic, "--events", str(self.options.rows)], RUN_LIMIT_S)
        finally:
            self.found.delete_topics(topic)

    def capture(self, slot, table, expected, **more):
        """sluice capture --once; checks that each row was published once."""
        prefix = f"bench_{next(numbers)}"
        topic = f"{prefix}.public.{table}"
        self.found.kafka.create_topic(topic, 1)
        config = self.folder / f"{prefix}.yaml"
        settings = source_servers.write_config(config, self.found, slot, prefix, table,
                                               self.options.set, more)
        try:
            result = source_servers.timed(
                [self.options.build / "service/sluice", "capture", "-c", config, *settings,
                 "--once"], RUN_LIMIT_S, self.log)
            published = self.found.records(topic)
        finally:
            self.found.delete_topics(prefix + ".")
        if published != expected:
            raise programs.BenchError(f"sluice capture published {published} records for "
                                      f"{expected} rows")
        return result

    def stream(self, origin, expected):
        with self.found.slot(origin, "bench_sluice") as slot:
            cpu = source_servers.SenderCpu(self.found)
            result = self.capture(slot, "orders", expected, snapshot={"mode": "no_data"})
            return {**result, "sender_cpu_s": cpu.stop()}

    def snapshot(self, table, expected, threads):
        try:
            return self.capture("bench_snapshot", table, expected,
                                snapshot={"mode": "initial_only", "max.threads": threads})
        finally:
            self.found.drop_slot("bench_snapshot")


def start_up(bench):
    """What each program takes when there is nothing to read; subtracted from the elapsed times."""
    runs = {"receive": lambda: bench.receive("behind"), "stream": lambda: bench.stream("behind", 0),
            "copy": lambda: bench.copy("nothing"),
            "snapshot": lambda: bench.snapshot("nothing", 0, 1)}
    return {name: min(run()["elapsed_s"] for _ in range(2)) for name, run in runs.items()}


def round_of(bench, number):
    """Each program once, in an order that changes from round to round."""
    rows = bench.options.rows
    steps = [("receive", lambda: bench.receive("before")),
             ("stream", lambda: bench.stream("before", rows)),
             ("copy", lambda: bench.copy("orders")),
             ("snapshot_1", lambda: bench.snapshot("orders", rows, 1)),
             ("snapshot_2", lambda: bench.snapshot("orders", rows, 2)),
             ("publish", bench.publish)]
    turn = number % len(steps)
    return {name: step() for name, step in steps[turn:] + steps[:turn]}


def ratios_of(result, idle, rows):
    def rate(name):
        taken = result[name]["elapsed_s"] - idle.get(name.partition("_")[0], 0)
        return rows / max(taken, 1e-3)

    def per_cpu(name):
        return rows / result[name]["cpu_s"]
    return {"stream_rate": rate("stream"), "receive_rate": rate("receive"),
            "stream_share": rate("stream") / rate("receive"),
            "stream_per_cpu_s": per_cpu("stream"), "publish_per_cpu_s": per_cpu("publish"),
            "stream_share_of_publish": per_cpu("stream") / per_cpu("publish"),
            "sender_per_cpu_s": rows / max(result["receive"]["sender_cpu_s"], 1e-3),
            "publish_rate": rate("publish"), "copy_rate": rate("copy"),
            "snapshot_1_rate": rate("snapshot_1"), "snapshot_2_rate": rate("snapshot_2"),
            "snapshot_share": max(rate("snapshot_1"), rate("snapshot_2")) / rate("copy"),
            "snapshot_share_of_publish":
                max(rate("snapshot_1"), rate("snapshot_2")) / rate("publish"),
            "snapshot_per_cpu_s": per_cpu("snapshot_1")}


LINES = [  # name of the figure, its words, its form, its goal
    ("receive_rate", "pg_recvlogical, rows per second", ",.0f", None),
    ("stream_rate", "sluice capture, rows per second", ",.0f", None),
    ("stream_share", "share of pg_recvlogical's rate", ".2f", STREAM_GOAL),
    ("stream_per_cpu_s", "sluice capture, rows per CPU-second", ",.0f", ROWS_PER_CPU_GOAL),
    ("publish_per_cpu_s", "publishing alone, rows per CPU-second", ",.0f", None),
    ("stream_share_of_publish", "share of publishing alone, by CPU", ".2f", None),
    ("sender_per_cpu_s", "the server's sender, rows per CPU-second", ",.0f", None),
    ("copy_rate", "COPY, rows per second", ",.0f", None),
    ("snapshot_1_rate", "snapshot, one thread, rows per second", ",.0f", None),
    ("snapshot_2_rate", "snapshot, two threads, rows per second", ",.0f", None),
    ("snapshot_share", "share of COPY's rate", ".2f", SNAPSHOT_GOAL),
    ("snapshot_per_cpu_s", "snapshot, rows per CPU-second", ",.0f", None),
    ("publish_rate", "publishing alone, rows per second", ",.0f", None),
    ("snapshot_share_of_publish", "share of publishing alone, by time", ".2f", None),
]


def report(options, results, idle):
    rows = [ratios_of(result, idle, options.rows) for result in results]
    sums = {name: figures.summary([row[name] for row in rows]) for name in rows[0]}
    passed = {}
    print()
    for name, words, form, goal in LINES:
        value = sums[name]["median"]
        spread = f"{sums[name]['q1']:{form}} .. {sums[name]['q3']:{form}}"
        if goal is None:
            figures.line(words, f"{value:{form}}", "", spread)
            continue
        passed[name] = value >= goal
        figures.line(words, f"{value:{form}}", "", spread, f">= {goal:{form}}", passed[name])
    resident = max(result[name]["resident_kib"] for result in results
                   for name in ("stream", "snapshot_1", "snapshot_2")) / 1024
    passed["resident"] = resident <= RESIDENT_GOAL_MIB
    figures.line("resident peak", f"{resident:.1f}", "MiB", None, f"<= {RESIDENT_GOAL_MIB}",
                 passed["resident"])
    return {"bench": "capture", "rows": options.rows, "pairs": options.pairs, "figures": sums,
            "settings": options.set, "start_up_s": idle, "resident_peak_mib": resident,
            "rounds": results, "passed": passed,
            "goals": {"stream_share_min": STREAM_GOAL, "rows_per_cpu_s_min": ROWS_PER_CPU_GOAL,
                      "snapshot_share_min": SNAPSHOT_GOAL,
                      "resident_mib_max": RESIDENT_GOAL_MIB}}


def measure_capture(options, folder):
    size = source_servers.ROWS_PER_TRANSACTION
    options.rows = max(size, options.rows // size * size)
    with source_servers.servers(options.instance) as found:
        bench = Bench(options, folder, found)
        print(f"loading {options.rows} rows in transactions of {size} ...", flush=True)
        found.load(options.rows, size)
        bench.publish()  # warms the broker
        idle = start_up(bench)
        results = []
        for number in range(1, options.pairs + 1):
            results.append(round_of(bench, number))
            now = ratios_of(results[-1], idle, options.rows)
            print(f"  round {number}: receive {now['receive_rate']:,.0f}, sluice "
                  f"{now['stream_rate']:,.0f} rows/s ({now['stream_per_cpu_s']:,.0f} per CPU-s); "
                  f"copy {now['copy_rate']:,.0f}, snapshot {now['snapshot_1_rate']:,.0f} and "
                  f"{now['snapshot_2_rate']:,.0f}; publish {now['publish_rate']:,.0f} "
                  f"({now['publish_per_cpu_s']:,.0f})", flush=True)
    return report(options, results, idle)


def measure_transaction(options, folder):
    """One transaction of all rows: the resident peak while it is read and published."""
    with source_servers.servers(options.instance) as found:
        print(f"loading {options.rows} rows in one transaction ...", flush=True)
        found.load(options.rows, options.rows)
        result = Bench(options, folder, found).stream("before", options.rows)
    resident = result["resident_kib"] / 1024
    passed = resident <= RESIDENT_GOAL_MIB
    figures.line("rows of one transaction", f"{options.rows:,}", "")
    figures.line("rows per second", f"{options.rows / result['elapsed_s']:,.0f}", "")
    figures.line("resident peak", f"{resident:.1f}", "MiB", None, f"<= {RESIDENT_GOAL_MIB}", passed)
    return {"bench": "transaction", "rows": options.rows, "resident_peak_mib": resident,
            "run": result, "goals": {"resident_mib_max": RESIDENT_GOAL_MIB},
            "passed": {"resident": passed}}
