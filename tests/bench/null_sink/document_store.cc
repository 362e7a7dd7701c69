#include "tests/bench/null_sink/document_store.h"

namespace sluice::bench {
namespace {

std::string KeyOf(std::string_view index, std::string_view id) {
  std::string key(index);
  key += '\n';
  key += id;
  return key;
}

}  // namespace

ItemResult DocumentStore::Apply(const BulkAction& action) {
  ItemResult item;
  const bool deletes = action.operation == "delete";
  const auto [place, is_new] = documents_.try_emplace(KeyOf(action.index, action.id));
  Document& document = place->second;
  if (!is_new && action.version <= document.version) {
    item.status = 409;
    item.error_type = "version_conflict_engine_exception";
    item.error_reason = "[" + std::string(action.id) + "]: version conflict, current version [" +
                        std::to_string(document.version) +
                        "] is higher or equal to the one provided [" +
                        std::to_string(action.version) + "]";
    return item;
  }
  const bool was_live = document.live;
  document.version = action.version;
  document.live = !deletes;
  if (with_sources_) document.source = action.source;
  if (deletes) {
    item.status = was_live ? 200 : 404;
    item.result = was_live ? "deleted" : "not_found";
    live_ -= was_live ? 1 : 0;
  } else {
    item.status = was_live ? 200 : 201;
    item.result = was_live ? "updated" : "created";
    live_ += was_live ? 0 : 1;
  }
  return item;
}

const DocumentStore::Document* DocumentStore::Find(std::string_view index,
                                                   std::string_view id) const {
  const auto found = documents_.find(KeyOf(index, id));
  return found == documents_.end() || !found->second.live ? nullptr : &found->second;
}

std::string DocumentStore::Dump() const {
  std::string dump;
  for (const auto& [key, document] : documents_) {
    const size_t split = key.find('\n');
    dump.append(R"({"index":")").append(key, 0, split);
    dump.append(R"(","id":")").append(key, split + 1, std::string::npos);
    dump.append(R"(","version":)").append(std::to_string(document.version));
    dump.append(document.live ? R"(,"op":"index"})" : R"(,"op":"delete"})").append("\n");
  }
  return dump;
}

}  // namespace sluice::bench
