"""The three questions about holdings, asked in SQL and in Elasticsearch's words.

docs/CHANGELOG-ROWS.md shows both. In SQL they are asked of the change log's own file, which is loaded
into a table of the same ten columns: a comparison with null is not true there, so that deletes, which
have no new value, are not counted although the first question says that they are.
"""

PIVOT = """create table holding_pivot (
  holding_id int, user_id int, change_field text, old_value text, new_value text,
  datetime_created timestamptz, datetime_updated timestamptz, datetime_deleted timestamptz,
  datetime_inserted timestamptz, crud_type text)"""

# What `old_value <> new_value` is where fields that did not change are not told …
BOTH_THERE = {"bool": {"filter": [{"exists": {"field": "old_value"}}, {"exists": {"field": "new_value"}}]}}
# … and where they are (changelog.unchanged), by a column that says so (changed:changed).
MARKED = {"term": {"changed": True}}


def changes_sql(user, field):
    return ("select count(*) from holding_pivot\n"
            f"where change_field = '{field}' and old_value <> new_value\n"
            f"and old_value is not null and user_id = {user}")


def changes_and_deletes_sql(user, field):
    return ("select count(*) from holding_pivot\n"
            f"where change_field = '{field}' and (old_value <> new_value or crud_type = 'd')\n"
            f"and old_value is not null and user_id = {user}")


def most_sold_sql(begin, end):
    return ("select old_value, count(*) from holding_pivot\n"
            "where change_field = 'holding_stock'\n"
            f"and datetime_updated between '{begin}' and '{end}'\n"
            "and old_value <> new_value and old_value is not null\n"
            "group by old_value order by count(*) desc, old_value limit 1")


def of_user(user, field):
    return [{"term": {"user_id": user}}, {"term": {"change_field": field}}]


def changes_query(user, field, changed=BOTH_THERE):
    return {"query": {"bool": {"filter": [*of_user(user, field), changed]}}}


def changes_and_deletes_query(user, field, changed=BOTH_THERE):
    return {"query": {"bool": {"filter": [
        *of_user(user, field), {"exists": {"field": "old_value"}},
        {"bool": {"should": [changed, {"term": {"crud_type": "d"}}], "minimum_should_match": 1}}]}}}


def most_sold_query(begin, end, changed=BOTH_THERE):
    return {"size": 0,
            "query": {"bool": {"filter": [
                {"term": {"change_field": "holding_stock"}},
                {"range": {"datetime_updated": {"gte": begin, "lte": end}}}, changed]}},
            "aggs": {"sold": {"terms": {"field": "old_value", "size": 1,
                                        "order": [{"_count": "desc"}, {"_key": "asc"}]}}}}


def most_sold(answer):
    """The answer in the words of the SQL: stock|count, or nothing."""
    buckets = answer["aggregations"]["sold"]["buckets"]
    return f"{buckets[0]['key']}|{buckets[0]['doc_count']}" if buckets else ""
