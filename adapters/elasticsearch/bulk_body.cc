#include "adapters/elasticsearch/bulk_body.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "adapters/elasticsearch/plain_json.h"
#include "core/model/check.h"
#include "core/operations/json_string.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kSmallest = size_t{64} * 1024;
/// A body that one huge document blew up gives its memory back.
constexpr size_t kKeptBytesMax = size_t{8} * 1024 * 1024;
constexpr std::string_view kVersion = "\",\"version\":";
constexpr size_t kDigitsMax = 20;
/// What is written behind the upper digits for a moment: see PutVersion().
constexpr size_t kSlack = 16;
/// No server takes more in one request; places in a body fit 32 bits.
constexpr size_t kBodyBytesMax = size_t{1} << 31;

/// The eight digits of a number below 100,000,000, all at once: it is parted into fours, twos and
/// ones side by side. Quotients by multiplication, exact in these ranges.
void PutEightDigits(char* at, uint32_t number) {
  if constexpr (std::endian::native == std::endian::little) {
    uint64_t digits = number / 10'000 | uint64_t{number % 10'000} << 32;
    uint64_t upper = (digits * 10'486 >> 20) & 0x0000007F0000007F;
    digits = upper | (digits - upper * 100) << 16;
    upper = (digits * 103 >> 10) & 0x000F000F000F000F;
    digits = (upper | (digits - upper * 10) << 8) + 0x3030303030303030;
    std::memcpy(at, &digits, sizeof(digits));
  } else {
    for (char* digit = at + 8; digit != at; number /= 10) {
      *--digit = static_cast<char>('0' + number % 10);
    }
  }
}

/// Short texts without a call: ids are. Pieces may overlap.
char* PutShort(char* at, std::string_view text) {
  const auto piece = [&](size_t from, auto word) {
    std::memcpy(&word, text.data() + from, sizeof(word));
    std::memcpy(at + from, &word, sizeof(word));
  };
  const size_t size = text.size();
  if (size >= 8 && size <= 16) {
    piece(0, uint64_t{});
    piece(size - 8, uint64_t{});
  } else if (size >= 4 && size < 8) {
    piece(0, uint32_t{});
    piece(size - 4, uint32_t{});
  } else {
    std::memcpy(at, text.data(), size);
  }
  return at + size;
}

char* Put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

}  // namespace

ActionTemplate MakeActionTemplate(std::string_view index_name) {
  std::string name = R"({"_index":")";
  AppendJsonEscaped(index_name, name);
  const std::string tail = name + R"(","version_type":"external","_id":")";
  const std::string or_equal_tail = name + R"(","version_type":"external_gte","_id":")";
  // A number of operations that no shard ever reaches.
  return {R"({"index":)" + tail, R"({"delete":)" + tail,
          R"({"index":)" + name +
              R"(","_id":"~guard","if_seq_no":9007199254740991,"if_primary_term":1}})"
              "\n{}\n",
          R"({"index":)" + or_equal_tail, R"({"delete":)" + or_equal_tail};
}

void BulkBody::Clear() {
  size_ = 0;
  items_.clear();
  for (const uint32_t slot : slots_) seen_[slot] = {};
  slots_.clear();
  indexed_ = kNoIndex;
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
  if (slot >= seen_.size()) seen_.resize(slot + size_t{1});
  Seen& seen = seen_[slot];
  if (!seen.any) {
    seen.any = true;
    slots_.push_back(slot);
  }
  if (write.action == WriteAction::kIndex) {
    seen.index = true;
    indexed_ = write.index;
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

/// Eight lower digits are computed; those above them are kept as text.
char* BulkBody::PutVersion(char* at, int64_t version) {
  constexpr int64_t kLower = 100'000'000;
  const int64_t upper = version / kLower;
  if (upper <= 0) return std::to_chars(at, at + kDigitsMax, version).ptr;
  if (upper != upper_) {
    upper_ = upper;
    char* const text = upper_text_.data();
    upper_bytes_ =
        static_cast<size_t>(std::to_chars(text, text + upper_text_.size(), upper).ptr - text);
  }
  // All at once: what is too much is written over.
  std::memcpy(at, upper_text_.data(), upper_text_.size());
  at += upper_bytes_;
  PutEightDigits(at, static_cast<uint32_t>(version % kLower));
  return at + 8;
}

size_t BulkBody::Append(const ActionTemplate& action, const DocumentWrite& write) {
  const bool index = write.action == WriteAction::kIndex;
  if (!index || indexed_ != write.index) Note(write);
  std::string_view head = index ? action.index_head : action.delete_head;
  if (write.or_equal) [[unlikely]]
    head = index ? action.index_or_equal_head : action.delete_or_equal_head;
  std::string_view id = write.id;
  if (!IsPlainJson(id)) {
    escaped_.clear();
    AppendJsonEscaped(id, escaped_);
    id = escaped_;
  }
  Reserve(head.size() + id.size() + kVersion.size() + kDigitsMax + kSlack + write.document.size() +
          4);
  char* at = bytes_.get() + size_;
  at = Put(at, head);
  at = PutShort(at, id);
  at = Put(at, kVersion);
  at = PutVersion(at, write.version);
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
