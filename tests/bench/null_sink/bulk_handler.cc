#include "tests/bench/null_sink/bulk_handler.h"

namespace sluice::bench {

void BulkHandler::Answer(const HttpRequest& request, HttpReply& reply) {
  ++counters_.bulk_requests;
  counters_.bulk_bytes += request.body.size();
  reply.delay_us = faults_.DrawLatencyUs();
  if (faults_.DrawResetBefore()) {
    ++counters_.resets;
    reply.reset = true;
    return;
  }
  if (faults_.DrawRefusedRequest()) {
    ++counters_.refused_requests;
    reply.status = 429;
    reply.body =
        R"({"error":{"root_cause":[{"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"}],"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"},"status":429})";
    return;
  }
  ReplyFilter filter = ReadFilter(QueryParameter(request.query, "filter_path").value_or(""));
  if (force_full_) filter.full = true;
  // Conditional writes stand at the end of a body and have empty documents.
  const bool counts_only = store_ == nullptr && !filter.full && !faults_.RefusesItems() &&
                           !request.body.ends_with("\n{}\n");
  const bool whole = counts_only ? CountOnly(request.body, filter, reply.body)
                                 : ReadAll(request.body, filter, reply.body);
  if (!whole) {
    ++counters_.broken_requests;
    reply.status = 400;
    reply.body =
        R"({"error":{"type":"illegal_argument_exception","reason":"Malformed action/metadata line, or the body does not end in a newline"},"status":400})";
    return;
  }
  if (faults_.DrawResetAfter()) {
    ++counters_.resets;
    reply.reset = true;
  }
}

bool BulkHandler::CountOnly(std::string_view body, ReplyFilter filter, std::string& out) {
  BulkReplyWriter writer(filter, out);
  writer.Begin(false);
  BulkReader reader(body);
  uint64_t documents = 0;
  uint64_t deletes = 0;
  size_t run = 0;  // equal operations in a row are answered by one copy
  bool run_deletes = false;
  while (const std::optional<BulkAction> action = reader.NextUnread()) {
    const bool is_delete = action->operation == "delete";
    if (run > 0 && is_delete != run_deletes) {
      writer.AddAccepted(run_deletes ? "delete" : "index", run);
      run = 0;
    }
    run_deletes = is_delete;
    ++run;
    ++(is_delete ? deletes : documents);
  }
  if (!reader.complete()) return false;
  writer.AddAccepted(run_deletes ? "delete" : "index", run);
  writer.End();
  counters_.documents += documents;
  counters_.deletes += deletes;
  return documents + deletes > 0;
}

bool BulkHandler::ReadAll(std::string_view body, ReplyFilter filter, std::string& out) {
  items_.clear();
  BulkReplyWriter writer(filter, items_);
  BulkReader reader(body);
  bool errors = false;
  bool any = false;
  while (const std::optional<BulkAction> action = reader.Next()) {
    const ItemResult item = Settle(*action);
    errors = errors || !item.error_type.empty();
    any = true;
    writer.Add(*action, item);
  }
  if (!reader.complete() || !any) return false;
  BulkReplyWriter whole(filter, out);
  whole.Begin(errors);
  out += items_;
  whole.End();
  return true;
}

ItemResult BulkHandler::Settle(const BulkAction& action) {
  ItemResult item;
  const bool deletes = action.operation == "delete";
  if (faults_.DrawRefusedItem()) {
    ++counters_.refused_items;
    item.status = 429;
    item.error_type = "es_rejected_execution_exception";
    item.error_reason = "rejected execution of primary operation";
    return item;
  }
  if (action.conditional) {  // no document here has a sequence number: no condition holds
    item.status = 409;
    item.error_type = "version_conflict_engine_exception";
    item.error_reason = "[" + std::string(action.id) + "]: version conflict, required seqNo";
    return item;
  }
  if (store_ != nullptr) {
    item = store_->Apply(action);
  } else {
    item.result = deletes ? "deleted" : "updated";
  }
  if (item.status == 409) {
    ++counters_.conflicts;
  } else {
    ++(deletes ? counters_.deletes : counters_.documents);
  }
  return item;
}

}  // namespace sluice::bench
