#include "tests/bench/null_sink/bulk_reply.h"

#include <algorithm>

namespace sluice::bench {
namespace {

void AppendNumber(std::string& out, int64_t number) {
  out += std::to_string(number);
}

}  // namespace

ReplyFilter ReadFilter(std::string_view filter_path) {
  ReplyFilter filter;
  filter.full = filter_path.empty();
  while (!filter_path.empty()) {
    const std::string_view pattern = filter_path.substr(0, filter_path.find(','));
    filter_path.remove_prefix(std::min(filter_path.size(), pattern.size() + 1));
    if (pattern == "took") {
      filter.took = true;
    } else if (pattern == "items.*.result") {
      filter.result = true;
    } else if (pattern != "errors" && pattern != "items.*.status" && pattern != "items.*.error" &&
               !pattern.starts_with("items.*.error.")) {
      filter.full = true;
    }
  }
  return filter;
}

void BulkReplyWriter::Begin(bool errors) {
  out_ += errors ? R"({"errors":true,)" : R"({"errors":false,)";
  if (filter_.full || filter_.took) out_ += R"("took":1,)";
  out_ += R"("items":[)";
}

void BulkReplyWriter::Add(const BulkAction& action, const ItemResult& item) {
  if (!first_) out_ += ',';
  first_ = false;
  out_.append(R"({")").append(action.operation).append(R"(":{)");
  if (filter_.full) {
    out_.append(R"("_index":")").append(action.index).append(R"(-000001","_id":")");
    out_.append(action.id).append(R"(",)");
    if (item.error_type.empty()) {
      out_ += R"("_version":)";
      AppendNumber(out_, action.version);
      out_.append(R"(,"result":")").append(item.result);
      out_ += R"(","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,)";
    }
  } else if (filter_.result && !item.result.empty()) {
    out_.append(R"("result":")").append(item.result).append(R"(",)");
  }
  out_ += R"("status":)";
  AppendNumber(out_, item.status);
  if (!item.error_type.empty()) {
    out_.append(R"(,"error":{"type":")").append(item.error_type);
    out_.append(R"(","reason":")").append(item.error_reason).append(R"("})");
  }
  out_ += "}}";
}

void BulkReplyWriter::AddAccepted(std::string_view operation, size_t count) {
  std::string item = operation == "delete" ? R"({"delete":{)" : R"({"index":{)";
  if (filter_.result)
    item += operation == "delete" ? R"("result":"deleted",)" : R"("result":"updated",)";
  item += R"("status":200}},)";
  if (count == 0) return;
  if (!first_) out_ += ',';
  first_ = false;
  const size_t start = out_.size();
  const size_t bytes = item.size() * count;
  out_ += item;
  while (out_.size() - start < bytes) {  // doubling: a few large copies instead of many small ones
    const size_t piece = std::min(out_.size() - start, bytes - (out_.size() - start));
    out_.append(out_, start, piece);
  }
  out_.pop_back();
}

void BulkReplyWriter::End() {
  out_ += "]}";
}

}  // namespace sluice::bench
