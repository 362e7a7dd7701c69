#include "core/operations/change_version.h"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

constexpr int kLsnBits = 56;
constexpr int kLsnStep = 8;  // the log's records begin at multiples of eight bytes

uint64_t Fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

bool VersionFits(Lsn commit, uint64_t bias) {
  const uint64_t sum = commit.value + bias;
  return sum >= commit.value && sum < uint64_t{1} << kLsnBits;
}

int64_t ChangeVersion(Lsn commit, uint64_t bias, uint32_t rank) {
  return static_cast<int64_t>((commit.value + bias) / kLsnStep << kRankBits | rank);
}

int64_t ReadVersion(Lsn moment, uint64_t bias, bool of_outbox) {
  if (!of_outbox) return ChangeVersion(moment, bias, kRankOfSnapshot);
  // One step earlier: the record of a commit is longer, so that none begins there.
  return ChangeVersion(Lsn{moment.value - std::min<uint64_t>(moment.value, kLsnStep)}, bias,
                       kRankMost);
}

// Constants and steps are frozen; a test pins values.
uint64_t StableHash(std::string_view bytes, uint64_t seed) {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
  uint64_t hash = Fold(seed ^ kOdd, bytes.size() + 0xd1b54a32d192ed03);
  while (!bytes.empty()) {
    uint64_t word = 0;
    const size_t size = std::min(bytes.size(), sizeof(word));
    std::memcpy(&word, bytes.data(), size);
    hash = Fold(hash ^ word, kOdd);
    bytes.remove_prefix(size);
  }
  return Fold(hash, 0xa0761d6478bd642f);
}

uint64_t StableKeyHash(uint64_t table_hash, const Table& table, Row row) {
  uint64_t hash = table_hash;
  for (const uint32_t column : table.key) {
    const ColumnValue& value = row[column];
    hash = value.kind == ColumnValue::Kind::kText ? StableHash(value.text, hash) : ~hash;
  }
  return hash;
}

uint64_t StableEventHash(const ColumnValue& key) {
  constexpr uint64_t kEvents = 0x6f7574626f78;
  return key.kind == ColumnValue::Kind::kText ? StableHash(key.text, kEvents) : ~kEvents;
}

RankCounter::RankCounter() : counts_(new uint16_t[kCounters]()) {
  touched_.reserve(kTouchedMost);
}

uint32_t RankCounter::Next(uint64_t key_hash) {
  const auto counter = static_cast<uint32_t>(key_hash & (kCounters - 1));
  return far_ ? NextFar(counter) : NextNear(counter);
}

uint32_t RankCounter::After(uint32_t count) {
  const uint32_t next = std::min(std::max(count, floor_) + 1, kRankMost);
  highest_ = std::max(highest_, next);
  return next;
}

RankCounter::Near& RankCounter::NearOf(uint32_t counter) {
  size_t at = counter & (kNearPlaces - 1);
  while (near_[at].transaction == transaction_ && near_[at].counter != counter) {
    at = (at + 1) & (kNearPlaces - 1);
  }
  return near_[at];
}

uint32_t RankCounter::NextNear(uint32_t counter) {
  Near& near = NearOf(counter);
  if (near.transaction != transaction_) {
    if (near_used_ == kNearMost) {
      MoveToFar();
      return NextFar(counter);
    }
    ++near_used_;
    near = {transaction_, counter, 0};
  }
  return near.count = After(near.count);
}

void RankCounter::MoveToFar() {
  for (const Near& near : near_) {
    if (near.transaction != transaction_) continue;
    counts_[near.counter] = static_cast<uint16_t>(near.count);
    touched_.push_back(near.counter);
  }
  far_ = true;
}

uint32_t RankCounter::NextFar(uint32_t counter) {
  uint16_t& count = counts_[counter];
  if (count == 0 && touched_.size() < kTouchedMost) touched_.push_back(counter);
  return count = static_cast<uint16_t>(After(count));
}

uint32_t RankCounter::NextOfAll() {
  floor_ = highest_ = std::min(highest_ + 1, kRankMost);
  return floor_;
}

void RankCounter::Reset() {
  highest_ = floor_ = 0;
  near_used_ = 0;
  if (++transaction_ == 0) {  // after 2^32 transactions: none of the old may look like the new
    near_.assign(kNearPlaces, {});
    transaction_ = 1;
  }
  if (!far_) return;
  far_ = false;
  if (touched_.size() < kTouchedMost) {
    for (const uint32_t slot : touched_) counts_[slot] = 0;
  } else {
    std::fill_n(counts_.get(), kCounters, uint16_t{0});
  }
  touched_.clear();
}

}  // namespace sluice
