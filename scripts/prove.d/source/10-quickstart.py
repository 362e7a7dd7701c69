"""One command from a clone to rows found in the search index, without Kafka Connect and Debezium.

Its time, what it prints, the addresses that answer, promtool on /metrics, and the servers that run.
"""
from demo import prove

if __name__ == "__main__":
    prove("sluice")
