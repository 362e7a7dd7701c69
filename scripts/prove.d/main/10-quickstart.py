"""One command from a clone to rows found in the search index, with a real Debezium.

--keep leaves it to look at. Lines 1, 2 and 5: its time, what it prints, the addresses that answer, and promtool on /metrics.
"""
from demo import prove

if __name__ == "__main__":
    prove("debezium", "--source", "debezium")
