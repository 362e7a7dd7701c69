"""Elasticsearch or OpenSearch, read without the product's help."""
import json

from harness import web
from harness.console import check

PAGE = 5000
GET_BATCH = 1000
CONTROL = "sluice-control"


class Search:
    def __init__(self, url):
        self.url = url

    def ask(self, method, path, body=None, statuses=(200,)):
        """(status, parsed answer); a status outside `statuses` fails. None accepts all."""
        status, text = web.request(method, f"{self.url}/{path}", body, seconds=60)
        if statuses is not None:
            check(status in statuses, f"{method} {self.url}/{path}: {status} {text[:400]}")
        try:
            # Numbers keep their source text, so that a double's rounding cannot hide a difference.
            return status, json.loads(text, parse_float=str) if text else None
        except json.JSONDecodeError:
            return status, text

    def document(self, index, key):
        """The document's source, or None when it is not there. Realtime: no refresh is needed."""
        status, answer = self.ask("GET", f"{index}/_doc/{key}", statuses=(200, 404))
        if status == 404:
            return None
        return answer["_source"]

    def documents(self, index):
        """{id: source} of all documents. The sources come by _mget: _search renders numbers anew."""
        self.ask("POST", f"{index}/_refresh")
        keys = self.ids(index)
        found = {}
        for begin in range(0, len(keys), GET_BATCH):
            _, answer = self.ask("POST", f"{index}/_mget", {"ids": keys[begin:begin + GET_BATCH]})
            for item in answer["docs"]:
                if item.get("found"):
                    found[item["_id"]] = item["_source"]
        return found

    def ids(self, index):
        _, answer = self.ask("POST", f"{index}/_search?scroll=1m",
                             {"size": PAGE, "_source": False, "sort": ["_doc"]})
        keys = []
        while answer["hits"]["hits"]:
            keys += [hit["_id"] for hit in answer["hits"]["hits"]]
            _, answer = self.ask("POST", "_search/scroll",
                                 {"scroll": "1m", "scroll_id": answer["_scroll_id"]})
        self.ask("DELETE", "_search/scroll", {"scroll_id": answer["_scroll_id"]}, statuses=(200, 404))
        return keys

    def indices(self, pattern):
        """Names of the real indices, which stand behind aliases."""
        _, answer = self.ask("GET", f"{pattern}?expand_wildcards=all", statuses=(200, 404))
        return sorted(answer) if isinstance(answer, dict) and "error" not in answer else []

    def forget_control(self, prefix):
        """Removes the control records of indices whose name begins so."""
        if not self.indices(CONTROL):
            return
        self.ask("POST", f"{CONTROL}/_refresh")
        for key in self.ids(CONTROL):
            if key.startswith(f"{prefix}."):
                self.ask("DELETE", f"{CONTROL}/_doc/{key}", statuses=(200, 404))

    def delete_indices(self, pattern):
        for name in self.indices(pattern):
            self.ask("DELETE", name, statuses=(200, 404))
