#include "adapters/elasticsearch/bulk_reply.h"

#include <optional>

#include "adapters/elasticsearch/error_map.h"

namespace sluice::elasticsearch {
namespace {

/// Takes `part` off the front of `text`.
bool Eat(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

/// A three-digit status, or 0.
int EatStatus(std::string_view& text) {
  if (text.size() < 3) return 0;
  int status = 0;
  for (size_t i = 0; i < 3; ++i) {
    if (text[i] < '0' || text[i] > '9') return 0;
    status = status * 10 + (text[i] - '0');
  }
  text.remove_prefix(3);
  return status;
}

}  // namespace

bool BulkReplyReader::Read(std::string& reply, const BulkBody& body, std::vector<Verdict>& verdicts,
                           std::vector<ItemError>& errors) {
  verdicts.clear();
  errors.clear();
  if (ReadPlain(reply, body, verdicts)) return true;
  verdicts.clear();
  return ReadAny(reply, body, verdicts, errors) && verdicts.size() == body.items();
}

bool BulkReplyReader::ReadPlain(std::string_view reply, const BulkBody& body,
                                std::vector<Verdict>& verdicts) {
  if (!Eat(reply, R"({"errors":false,"items":[)")) return false;
  for (size_t ordinal = 0; ordinal < body.items(); ++ordinal) {
    if (ordinal > 0 && !Eat(reply, ",")) return false;
    const bool index = body.action(ordinal) == WriteAction::kIndex;
    if (!Eat(reply, index ? R"({"index":{"status":)" : R"({"delete":{"status":)")) return false;
    const int status = EatStatus(reply);
    if (!Eat(reply, "}}")) return false;
    verdicts.push_back(OfItem(status, body.action(ordinal), {}, {}));
  }
  return reply == "]}";
}

bool BulkReplyReader::ReadAny(std::string& reply, const BulkBody& body,
                              std::vector<Verdict>& verdicts, std::vector<ItemError>& errors) {
  reply.reserve(reply.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  const simdjson::padded_string_view view(reply.data(), reply.size(), reply.capacity());
  if (parser_.iterate(view).get(document) != simdjson::SUCCESS) return false;
  simdjson::ondemand::array items;
  if (document.find_field_unordered("items").get_array().get(items) != simdjson::SUCCESS)
    return false;
  for (auto element : items) {
    const size_t ordinal = verdicts.size();
    simdjson::ondemand::object wrapper;
    if (ordinal >= body.items() || element.get_object().get(wrapper) != simdjson::SUCCESS)
      return false;
    Verdict verdict;
    bool read = false;
    for (auto field : wrapper) {
      simdjson::ondemand::object item;
      std::string_view name;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
          field.value().get_object().get(item) != simdjson::SUCCESS)
        return false;
      const bool index = body.action(ordinal) == WriteAction::kIndex;
      if (read || name != (index ? "index" : "delete")) return false;
      if (!ReadItem(item, body.action(ordinal), static_cast<uint32_t>(ordinal), verdict, errors))
        return false;
      read = true;
    }
    if (!read) return false;
    verdicts.push_back(verdict);
  }
  return true;
}

bool BulkReplyReader::ReadItem(simdjson::ondemand::object item, WriteAction action,
                               uint32_t ordinal, Verdict& verdict, std::vector<ItemError>& errors) {
  std::optional<int64_t> status;
  bool noop = false;
  ItemError error{ordinal, {}, {}};
  for (auto field : item) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    if (name == "status") {
      int64_t number = 0;
      if (field.value().get_int64().get(number) != simdjson::SUCCESS) return false;
      status = number;
    } else if (name == "result") {
      std::string_view result;
      if (field.value().get_string().get(result) != simdjson::SUCCESS) return false;
      noop = result == "noop";
    } else if (name == "error") {
      simdjson::ondemand::object object;
      if (field.value().get_object().get(object) != simdjson::SUCCESS) return false;
      for (auto part : object) {
        std::string_view part_name;
        std::string_view text;
        if (part.unescaped_key().get(part_name) != simdjson::SUCCESS) return false;
        const bool type = part_name == "type";
        if (!type && part_name != "reason") continue;
        if (part.value().get_string().get(text) != simdjson::SUCCESS) continue;
        (type ? error.type : error.reason).assign(text);
      }
      if (error.type.empty()) error.type = "unknown";
    }
  }
  if (!status || *status < 100 || *status > 999) return false;
  verdict = OfItem(static_cast<int>(*status), action, error.type, error.reason);
  if (noop) verdict = {Disposition::kHalt, FailureReason::kNoop, WriteResult::kCreated};
  if (verdict.disposition != Disposition::kDone) errors.push_back(std::move(error));
  return true;
}

}  // namespace sluice::elasticsearch
