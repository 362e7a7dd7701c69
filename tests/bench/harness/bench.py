"""What one change event costs: run by scripts/bench, which explains the options."""
import argparse
import os
import pathlib
import shutil
import sys
import tempfile

import callgrind
import figures
import programs
import source

SHARE_GOAL = 0.65
INSTRUCTIONS_GOAL = 10_000
RESIDENT_GOAL_MIB = 128
# Prepared bodies and the product's own must be alike, or the ceiling says nothing.
BODY_DIFFERENCE_MAX = 0.03


def index_command(options, folder, feed, sink, name):
    config = folder / f"{name}.yaml"
    settings = programs.write_config(config, feed, sink.url, name, options.set)
    return [options.build / "service/sluice", "index", "-c", config, *settings]


def round_of(options, folder, feed, sink, number):
    """The three programs once, in an order that changes from round to round."""
    events = feed["events"]
    bench = options.build / "tests/bench"
    result = {}

    def drain():
        result["drain"] = programs.run_json(
            [bench / "drain_only", "--brokers", feed["bootstrap"], "--topics",
             ",".join(feed["topics"]), "--group", f"drain-{number}", "--events", str(events)])

    def replay():
        result["replay"] = programs.run_json(
            [bench / "replay_bodies", "--url", sink.url, "--events", str(events),
             "--workload", options.workload])

    def index():
        command = index_command(options, folder, feed, sink, f"index-{number}")
        result["index"] = programs.run_index(command, sink, events, folder / "sluice.log")

    steps = [drain, replay, index]
    for step in steps[number % 3:] + steps[:number % 3]:
        step()
    return result


def ratios_of(result, events):
    drain_ns = result["drain"]["cpu_ns_per_event"]
    replay_ns = result["replay"]["cpu_ns_per_event"]
    index_ns = result["index"]["cpu_s"] * 1e9 / events
    return {"drain_ns": drain_ns, "replay_ns": replay_ns, "index_ns": index_ns,
            "share": (drain_ns + replay_ns) / index_ns,
            "events_per_cpu_s": 1e9 / index_ns,
            "ceiling_per_cpu_s": 1e9 / (drain_ns + replay_ns),
            "events_per_s": events / result["index"]["elapsed_s"]}


def check_alike(results, events):
    """The product's bodies against the prepared ones, and that each event arrived once."""
    notes = []
    got = results[-1]["index"]["sink"]
    writes = got["documents"] + got["deletes"]
    own = got["bulk_bytes"] / max(1, writes)
    prepared = results[-1]["replay"]["bytes_per_event"]
    if abs(own / prepared - 1) > BODY_DIFFERENCE_MAX:
        notes.append(f"bodies differ: {own:.0f} bytes per event, prepared {prepared:.0f}: the "
                     "ceiling is for other bodies")
    if writes != events:
        notes.append(f"{writes} writes for {events} events in the last round")
    return own, got["bulk_bytes"] / max(1, got["bulk_requests"]), notes


def measure_index(options, folder):
    with programs.feeder(options.build, options.events, options.workload) as feed, \
            programs.null_sink(options.build) as sink:
        events = feed["events"]
        print(f"{events} {options.workload} events, {feed['value_bytes'] / events:.0f} bytes each, "
              f"{len(feed['topics'])} topics of {feed['partitions']} partitions, lz4; "
              f"{options.pairs} rounds", flush=True)
        round_of(options, folder, feed, sink, 0)  # warms caches and creates the indices
        results = []
        for number in range(1, options.pairs + 1):
            results.append(round_of(options, folder, feed, sink, number))
            now = ratios_of(results[-1], events)
            print(f"  round {number}: receive {now['drain_ns']:.0f} + send {now['replay_ns']:.0f} "
                  f"ns, sluice {now['index_ns']:.0f} ns, share {now['share']:.3f}", flush=True)
    return report_index(options, results, events, feed)


def report_index(options, results, events, feed):
    rows = [ratios_of(result, events) for result in results]
    sums = {name: figures.summary([row[name] for row in rows]) for name in rows[0]}
    own_bytes, body_bytes, notes = check_alike(results, events)
    resident_mib = max(result["index"]["resident_kib"] for result in results) / 1024
    share = sums["share"]["median"]

    def spread(name, form):
        return f"{sums[name]['q1']:{form}} .. {sums[name]['q3']:{form}}"

    print()
    figures.line("events per CPU-second", f"{sums['events_per_cpu_s']['median']:,.0f}", "events",
                 spread("events_per_cpu_s", ",.0f"))
    figures.line("ceiling (receive only + send only)",
                 f"{sums['ceiling_per_cpu_s']['median']:,.0f}", "events",
                 spread("ceiling_per_cpu_s", ",.0f"))
    figures.line("share of the ceiling", f"{share:.3f}", "", spread("share", ".3f"),
                 f">= {SHARE_GOAL}", share >= SHARE_GOAL)
    figures.line("CPU per event", f"{sums['index_ns']['median']:,.0f}", "ns",
                 spread("index_ns", ".0f"))
    figures.line("events per second, start to last", f"{sums['events_per_s']['median']:,.0f}",
                 "events", spread("events_per_s", ",.0f"))
    figures.line("resident peak", f"{resident_mib:.1f}", "MiB", None, f"<= {RESIDENT_GOAL_MIB}",
                 resident_mib <= RESIDENT_GOAL_MIB)
    figures.line("bulk bytes per event", f"{own_bytes:.0f}", "bytes")
    figures.line("bytes per bulk request", f"{body_bytes:,.0f}", "bytes")
    for note in notes:
        print(f"NOTE: {note}")
    return {"bench": "index", "workload": options.workload, "events": events,
            "pairs": options.pairs, "partitions": feed["partitions"] * len(feed["topics"]),
            "settings": options.set, "figures": sums, "resident_peak_mib": resident_mib,
            "bulk_bytes_per_event": own_bytes, "bytes_per_bulk_request": body_bytes,
            "notes": notes, "rounds": results,
            "goals": {"share_min": SHARE_GOAL, "resident_mib_max": RESIDENT_GOAL_MIB},
            "passed": {"share": share >= SHARE_GOAL and not notes,
                       "resident": resident_mib <= RESIDENT_GOAL_MIB}}


def profile(options, folder, events):
    """One run under callgrind; its profile."""
    out = folder / f"callgrind.{events}"
    with programs.feeder(options.build, events, options.workload) as feed, \
            programs.null_sink(options.build) as sink:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                   *index_command(options, folder, feed, sink, f"profile-{events}")]
        print(f"callgrind over {events} events ...", flush=True)
        programs.run_index(command, sink, events, folder / "sluice.log", 900, 0.5)
    return callgrind.read_profile(out)


def measure_instructions(options, folder):
    events = options.events
    small = profile(options, folder, events)
    large = profile(options, folder, 2 * events)
    per_event = callgrind.difference(small, large, events)
    whole = per_event["whole"]
    print()
    figures.line("instructions per event, whole process", f"{whole:,.0f}", "", None,
                 f"<= {INSTRUCTIONS_GOAL:,}", whole <= INSTRUCTIONS_GOAL)
    for part, cost in sorted(per_event["parts"].items(), key=lambda item: -item[1]):
        figures.line(f"  {part}", f"{cost:,.0f}", "")
    figures.line("allocations per event from own code", f"{per_event['own_allocations']:.3f}", "")
    figures.line("start-up, subtracted", f"{per_event['start']:,.0f}", "")
    print("\nthe most expensive functions, instructions per event in themselves")
    for name, cost in per_event["functions"][:options.functions]:
        print(f"{cost:>10,.1f}  {name[:110]}")
    return {"bench": "instructions", "workload": options.workload, "events": events,
            "settings": options.set, "per_event": per_event,
            "goals": {"instructions_max": INSTRUCTIONS_GOAL},
            "passed": {"instructions": whole <= INSTRUCTIONS_GOAL}}


MEASURES = {"index": measure_index, "instructions": measure_instructions,
            "capture": source.measure_capture, "transaction": source.measure_transaction}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("command", choices=list(MEASURES))
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--events", type=int)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--instance", type=int, default=9)
    parser.add_argument("--workload", choices=["narrow", "schema", "wide"], default="narrow")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--functions", type=int, default=30)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.events is None:
        options.events = 2_000_000 if options.command == "index" else 100_000
    if options.rows is None:
        options.rows = 5_000_000 if options.command == "transaction" else 1_000_000
    if options.pairs is None:
        options.pairs = 5 if options.command == "capture" else 9
    if min(options.events, options.pairs, options.rows) < 1:
        parser.error("--events, --rows and --pairs are at least 1")
    return options


def main():
    options = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    measure = MEASURES[options.command]
    try:
        report = measure(options, folder)
    except programs.BenchError as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    finally:
        if options.keep:
            print(f"bench: working folder kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    report["machine"] = {"cores": os.cpu_count(), "load": os.getloadavg()}
    if options.json:
        figures.write_json(options.json, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
