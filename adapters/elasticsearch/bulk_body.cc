#include "adapters/elasticsearch/bulk_body.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "adapters/elasticsearch/json_escape.h"
#include "core/model/check.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kSmallest = size_t{64} * 1024;
/// A body that one huge document blew up gives its memory back.
constexpr size_t kKeptBytesMax = size_t{8} * 1024 * 1024;
constexpr std::string_view kVersion = "\",\"version\":";
constexpr size_t kDigitsMax = 20;
/// No server takes more in one request; places in a body fit 32 bits.
constexpr size_t kBodyBytesMax = size_t{1} << 31;

char* Put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

}  // namespace

ActionTemplate MakeActionTemplate(std::string_view index_name) {
  std::string name = R"({"_index":")";
  AppendEscaped(index_name, name);
  const std::string tail = name + R"(","version_type":"external","_id":")";
  // A number of operations that no shard ever reaches.
  return {R"({"index":)" + tail, R"({"delete":)" + tail,
          R"({"index":)" + name +
              R"(","_id":"~guard","if_seq_no":9007199254740991,"if_primary_term":1}})"
              "\n{}\n"};
}

void BulkBody::Clear() {
  size_ = 0;
  items_.clear();
  for (const uint32_t slot : slots_) seen_[slot] = {};
  slots_.clear();
  guards_.clear();
  if (capacity_ > kKeptBytesMax) {
    bytes_.reset();
    capacity_ = 0;
  }
}

void BulkBody::Reserve(size_t bytes) {
  if (size_ + bytes <= capacity_) return;
  SLUICE_CHECK(size_ + bytes <= kBodyBytesMax, "bodies are limited by the pipeline");
  const size_t capacity = std::max({kSmallest, capacity_ * 2, size_ + bytes});
  std::unique_ptr<char[]> larger(
      new char[capacity]);  // not zeroed: it is written before it is read
  if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

void BulkBody::Note(const DocumentWrite& write) {
  const uint32_t slot = write.index.value;
  if (slot >= seen_.size()) seen_.resize(slot + 1);
  Seen& seen = seen_[slot];
  if (!seen.any) {
    seen.any = true;
    slots_.push_back(slot);
  }
  if (write.action == WriteAction::kIndex) {
    seen.index = true;
  } else {
    seen.last_delete = static_cast<uint32_t>(items_.size());
  }
}

void BulkBody::AppendGuard(const ActionTemplate& action, uint32_t guarded) {
  Reserve(action.guard.size());
  Put(bytes_.get() + size_, action.guard);
  size_ += action.guard.size();
  guards_.push_back(guarded);
}

size_t BulkBody::Append(const ActionTemplate& action, const DocumentWrite& write) {
  Note(write);
  const bool index = write.action == WriteAction::kIndex;
  const std::string_view head = index ? action.index_head : action.delete_head;
  std::string_view id = write.id;
  if (!IsPlainJson(id)) {
    escaped_.clear();
    AppendEscaped(id, escaped_);
    id = escaped_;
  }
  Reserve(head.size() + id.size() + kVersion.size() + kDigitsMax + write.document.size() + 4);
  char* at = bytes_.get() + size_;
  at = Put(at, head);
  at = Put(at, id);
  at = Put(at, kVersion);
  at = std::to_chars(at, at + kDigitsMax, write.version).ptr;
  at = Put(at, "}}\n");
  const auto begin = static_cast<uint32_t>(at - bytes_.get());
  if (index) {
    // A line feed would end the document early, and what follows would be read as an action.
    SLUICE_CHECK(std::memchr(write.document.data(), '\n', write.document.size()) == nullptr,
                 "a document is one line");
    at = Put(at, write.document);
    *at++ = '\n';
  }
  size_ = static_cast<size_t>(at - bytes_.get());
  items_.push_back(
      {write.version, begin, index ? static_cast<uint32_t>(size_ - 1) : begin, write.action});
  return size_;
}

std::string_view BulkBody::document(size_t ordinal) const {
  const Item& item = items_[ordinal];
  return text().substr(item.begin, item.end - item.begin);
}

}  // namespace sluice::elasticsearch
