"""The same changes captured by a real Debezium and by `sluice capture`: the same records.

Lines 1 and 2: record by record, and behind a real consumer of Debezium's records.
"""
from cases import prove, run_case, tell


def measure():
    passed, case = run_case("differential")
    compatible = sum(case.get(f"{letter}_compatible", 0) for letter in "abcde")
    by_default = sum(case.get(f"{letter}_by_default", 0) for letter in "abcde")
    tell("records with compat.debezium, in five sets of options", passed, case,
         f"{compatible} records equal", "key, value, headers and place equal but for the written list")
    tell("records with our defaults", passed, case, f"{by_default} records compared",
         "equal but for the differences in docs/FINDINGS.md (F39)")
    tell("ExtractNewRecordState in Kafka Connect on our topics", passed and case.get("unwrapped", 0) > 0,
         case, f"{case.get('unwrapped')} records equal", "what it gives on Debezium's topics")


if __name__ == "__main__":
    prove(measure)
