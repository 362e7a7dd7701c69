"""Medians and quartiles, and how the report is printed."""
import json
import statistics


def median(values):
    return statistics.median(values)


def quartiles(values):
    """The first and third quartile; both the value itself when there is only one."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def summary(values):
    first, third = quartiles(values)
    return {"median": median(values), "q1": first, "q3": third, "n": len(values)}


def line(name, value, unit, spread=None, goal=None, good=None):
    """One aligned line of the report."""
    text = f"{name:<44} {value:>12} {unit:<14}"
    if spread:
        text += f" (middle half {spread})"
    if goal is not None:
        text += f"  goal {goal}: {'PASS' if good else 'FAIL'}"
    print(text, flush=True)


def write_json(path, report):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2, sort_keys=True)
        file.write("\n")
