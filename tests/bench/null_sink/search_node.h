#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/bench/null_sink/bulk_handler.h"
#include "tests/bench/null_sink/document_store.h"
#include "tests/bench/null_sink/http_server.h"

namespace sluice::bench {

/// Answers as an Elasticsearch 9 node does to what a writer asks besides `_bulk`: product and
/// version, indices and aliases, documents by id; and the sink's own pages below /_null_sink.
class SearchNode {
 public:
  SearchNode(BulkHandler& bulk, const DocumentStore* store, SinkCounters& counters)
      : bulk_(bulk), store_(store), counters_(counters) {}

  void Answer(const HttpRequest& request, HttpReply& reply);
  [[nodiscard]] std::string Statistics() const;

 private:
  void AnswerIndex(const HttpRequest& request, const std::vector<std::string>& parts,
                   HttpReply& reply);
  void CreateIndex(const std::string& name, std::string_view body, HttpReply& reply);
  void AnswerLookups(const HttpRequest& request, const std::string& path_index, HttpReply& reply);
  void AppendDocument(const BulkAction& wanted, std::string& out) const;

  BulkHandler& bulk_;
  const DocumentStore* store_;
  SinkCounters& counters_;
  std::map<std::string, std::string> indices_;  ///< Index → its alias, empty for none.
};

}  // namespace sluice::bench
