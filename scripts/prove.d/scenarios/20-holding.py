"""The change log of rows: one row for each field that a change touched, once, in files and in an index.

The story in one command from a checkout with its three questions, and the same under kills, without a
key, and beside a trigger that has written everything down.
"""
from cases import prove, run_case, tell
from scenario import tell_story

STORY = ("1000,1,holding_quantity,10,100,", "1. How often did user 1 change stock types?",
         "The same with deletes", "2. How often did user 1 change quantities?",
         "3. Which stock was sold most", "kill -9: the file has", "missing_before", "the search result")


def quickstart():
    tell_story("holding", STORY, "the rows, three questions in SQL and Elasticsearch with equal answers, kills, "
               "dead letters")


def measure():
    passed, case = run_case("holdingstory")
    tell("files and index tell each change of a field once and as a trigger has it, while source, change log "
         "and index are killed", passed, case,
         f"{case.get('rows')} rows in {case.get('files')} files, {case.get('sent_again')} changes sent again",
         "every one, in its order, no other")


if __name__ == "__main__":
    prove(quickstart)
    prove(measure)
