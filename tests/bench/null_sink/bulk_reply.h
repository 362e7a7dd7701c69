#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/null_sink/bulk_action.h"

namespace sluice::bench {

/// Which parts of a `_bulk` reply were asked for.
struct ReplyFilter {
  bool full = true;  ///< Everything; else only what follows, and `status` and `error` always.
  bool took = false;
  bool result = false;
};

/// Understands the patterns errors, took, items.*.{status,error,error.type,result}; with any other
/// the reply is full.
ReplyFilter ReadFilter(std::string_view filter_path);

/// What became of one action.
struct ItemResult {
  int status = 200;
  std::string_view result;      ///< created, updated, deleted, not_found; empty: an error.
  std::string_view error_type;  ///< Empty: none.
  std::string error_reason;
};

/// Writes a `_bulk` reply in Elasticsearch's key order.
class BulkReplyWriter {
 public:
  BulkReplyWriter(ReplyFilter filter, std::string& out) : filter_(filter), out_(out) {}

  void Begin(bool errors);
  void Add(const BulkAction& action, const ItemResult& item);
  /// `count` equal items of a filtered reply, each an accepted write.
  void AddAccepted(std::string_view operation, size_t count);
  void End();

 private:
  ReplyFilter filter_;
  std::string& out_;
  bool first_ = true;
};

}  // namespace sluice::bench
