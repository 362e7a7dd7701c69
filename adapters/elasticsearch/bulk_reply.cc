#include "adapters/elasticsearch/bulk_reply.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/error_map.h"

namespace sluice::elasticsearch {
namespace {

/// Takes `part` off the front of `text`.
bool Eat(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

/// What almost all items are, with a digit of the status left open: {"index":{"status":20D}}
constexpr char kUsualItem[] = R"({"index":{"status":20)";
constexpr size_t kUsualDigit = sizeof(kUsualItem) - 1;
constexpr size_t kUsualBytes = kUsualDigit + 3;

/// That digit, or 0 for another item. In pieces of eight bytes, so that no library is called.
char UsualDigit(const char* item) {
  const bool usual = std::memcmp(item, kUsualItem, 8) == 0 &&
                     std::memcmp(item + 8, kUsualItem + 8, 8) == 0 &&
                     std::memcmp(item + kUsualDigit - 8, kUsualItem + kUsualDigit - 8, 8) == 0 &&
                     std::memcmp(item + kUsualDigit + 1, "}}", 2) == 0;
  return usual ? item[kUsualDigit] : '\0';
}

/// Takes usual items and the comma behind each off the front of `text`, up to the last item, which
/// has none. Returns how many.
size_t EatUsualItems(std::string_view& text, const BulkBody& body, std::vector<Verdict>& verdicts) {
  const Verdict updated = OfItem({200, {}, {}, false}, WriteAction::kIndex, 0);
  const Verdict created = OfItem({201, {}, {}, false}, WriteAction::kIndex, 0);
  const char* at = text.data();
  const char* const end = at + text.size();
  size_t ordinal = verdicts.size();
  for (; ordinal + 1 < body.items() && end - at > static_cast<ptrdiff_t>(kUsualBytes); ++ordinal) {
    if (body.action(ordinal) != WriteAction::kIndex || at[kUsualBytes] != ',') break;
    const char digit = UsualDigit(at);
    if (digit != '0' && digit != '1') break;
    verdicts.push_back(digit == '0' ? updated : created);
    at += kUsualBytes + 1;
  }
  text.remove_prefix(static_cast<size_t>(at - text.data()));
  return ordinal;
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

/// The words of an error; they live in the parser until its next document.
bool ReadError(simdjson::ondemand::object error, ItemAnswer& answer) {
  for (auto part : error) {
    std::string_view name;
    std::string_view text;
    if (part.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    const bool type = name == "type";
    if (!type && name != "reason") continue;
    if (part.value().get_string().get(text) != simdjson::SUCCESS) continue;  // null
    (type ? answer.type : answer.reason) = text;
  }
  if (answer.type.empty()) answer.type = "unknown";
  return true;
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
  if (!body.guards().empty()) return false;
  if (!Eat(reply, R"({"errors":false,"items":[)")) return false;
  verdicts.reserve(body.items());
  for (size_t ordinal = 0; ordinal < body.items(); ++ordinal) {
    ordinal = EatUsualItems(reply, body, verdicts);
    const bool index = body.action(ordinal) == WriteAction::kIndex;
    if (!Eat(reply, index ? R"({"index":{"status":)" : R"({"delete":{"status":)")) return false;
    const int status = EatStatus(reply);
    if (!Eat(reply, "}}")) return false;
    if (ordinal + 1 < body.items() && !Eat(reply, ",")) return false;
    verdicts.push_back(OfItem({status, {}, {}, false}, body.action(ordinal), 0));
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
  const size_t expected = body.items() + body.guards().size();
  size_t ordinal = 0;
  for (auto element : items) {
    simdjson::ondemand::object wrapper;
    if (ordinal >= expected || element.get_object().get(wrapper) != simdjson::SUCCESS) return false;
    const bool guard = ordinal >= body.items();
    const bool index = guard || body.action(ordinal) == WriteAction::kIndex;
    bool read = false;
    for (auto field : wrapper) {
      simdjson::ondemand::object item;
      std::string_view name;
      if (read || field.unescaped_key().get(name) != simdjson::SUCCESS ||
          name != (index ? "index" : "delete") ||
          field.value().get_object().get(item) != simdjson::SUCCESS)
        return false;
      const auto at = static_cast<uint32_t>(ordinal);
      if (guard ? !ReadGuard(item, body, at, verdicts, errors)
                : !ReadItem(item, body, at, verdicts, errors))
        return false;
      read = true;
    }
    if (!read) return false;
    ++ordinal;
  }
  return ordinal == expected;
}

bool BulkReplyReader::ReadAnswer(simdjson::ondemand::object item, ItemAnswer& answer) {
  std::optional<int64_t> status;
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
      answer.noop = result == "noop";
    } else if (name == "error") {
      simdjson::ondemand::object error;
      if (field.value().get_object().get(error) != simdjson::SUCCESS) return false;
      if (!ReadError(error, answer)) return false;
    }
  }
  if (!status || *status < 100 || *status > 999) return false;
  answer.status = static_cast<int>(*status);
  return true;
}

bool BulkReplyReader::ReadItem(simdjson::ondemand::object item, const BulkBody& body,
                               uint32_t ordinal, std::vector<Verdict>& verdicts,
                               std::vector<ItemError>& errors) {
  ItemAnswer answer;
  if (!ReadAnswer(item, answer)) return false;
  verdicts.push_back(OfItem(answer, body.action(ordinal), body.version(ordinal)));
  if (verdicts.back().disposition != Disposition::kDone) {
    errors.push_back({ordinal, std::string(Shortened(answer.type)),
                      std::string(answer.noop ? "the write was dropped by an ingest pipeline"
                                              : Shortened(answer.reason)),
                      0});
  } else if (verdicts.back().result == WriteResult::kConflictHigher) {
    errors.push_back({ordinal, "", "", StoredVersionIn(answer.reason, body.version(ordinal))});
  }
  return true;
}

bool BulkReplyReader::ReadGuard(simdjson::ondemand::object item, const BulkBody& body,
                                uint32_t ordinal, std::vector<Verdict>& verdicts,
                                std::vector<ItemError>& errors) {
  ItemAnswer answer;
  if (!ReadAnswer(item, answer)) return false;
  const Verdict verdict = OfItem(answer, WriteAction::kIndex, 0);
  if (verdict.reason != FailureReason::kIndexMissing) return true;
  // The name is an index now, not the alias: the deletes went there, and that is not ours.
  const uint32_t guarded = body.guards()[ordinal - body.items()];
  verdicts[guarded] = verdict;
  const auto place = std::lower_bound(
      errors.begin(), errors.end(), guarded,
      [](const ItemError& error, uint32_t wanted) { return error.ordinal < wanted; });
  ItemError words{guarded, std::string(Shortened(answer.type)),
                  std::string(Shortened(answer.reason)), 0};
  if (place != errors.end() && place->ordinal == guarded) {
    *place = std::move(words);
  } else {
    errors.insert(place, std::move(words));
  }
  return true;
}

}  // namespace sluice::elasticsearch
