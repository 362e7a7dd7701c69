#include "adapters/debezium/prefix_cache.h"

#include <algorithm>

namespace sluice::debezium {

std::string_view PrefixCache::Find(PartitionSlot slot, std::string_view text) const {
  if (slot.value >= slots_.size() || slots_[slot.value] == 0) return {};
  const std::string& prefix = texts_[slots_[slot.value] - size_t{1}];
  return text.starts_with(prefix) ? std::string_view(prefix) : std::string_view();
}

size_t PrefixCache::PlaceFor(std::string_view prefix) {
  const auto same = std::find(texts_.begin(), texts_.end(), prefix);
  if (same != texts_.end()) return static_cast<size_t>(same - texts_.begin());
  const bool fits = bytes_ + prefix.size() <= kBytesMax;
  if (fits && texts_.size() < kTextsMax) {
    texts_.emplace_back(prefix);
    marks_.push_back(0);
    bytes_ += prefix.size();
    return texts_.size() - 1;
  }
  // The oldest go first: a schema that is still written comes back with the next record.
  size_t place = 0;
  do {
    place = oldest_;
    oldest_ = (oldest_ + 1) % texts_.size();
    bytes_ -= texts_[place].size();
    texts_[place] = std::string();
  } while (bytes_ + prefix.size() > kBytesMax);
  texts_[place] = prefix;
  bytes_ += prefix.size();
  return place;
}

void PrefixCache::Put(PartitionSlot slot, std::string_view prefix, uint64_t mark) {
  if (prefix.empty() || prefix.size() > kTextBytesMax || slot.value >= kSlotsMax) return;
  if (slot.value >= slots_.size()) slots_.resize(slot.value + size_t{1});
  const size_t place = PlaceFor(prefix);
  marks_[place] = mark;
  slots_[slot.value] = static_cast<uint16_t>(place + 1);
}

}  // namespace sluice::debezium
