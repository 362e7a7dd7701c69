#include "core/operations/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

TEST(Hash, DependsOnEveryByteTheLengthAndTheSeed) {
  std::set<uint64_t> seen;
  size_t texts = 0;
  for (size_t length = 0; length < 40; ++length) {
    const std::string text(length, '\0');
    ++texts;
    seen.insert(HashBytes(text, 0));
    for (size_t at = 0; at < length; ++at) {
      std::string other = text;
      other[at] = 1;
      ++texts;
      seen.insert(HashBytes(other, 0));
    }
  }
  EXPECT_EQ(seen.size(), texts) << "64 bits and under a thousand texts: none may meet";
  EXPECT_NE(HashBytes("id", 0), HashBytes("id", 1)) << "indices are told apart by the seed";
}

// The lane table takes the low bits: ids that differ in a counter must spread over them.
TEST(Hash, SpreadsOverTheLowBits) {
  std::set<uint64_t> slots;
  constexpr uint64_t kSlots = 4'096;
  for (int i = 0; i < static_cast<int>(kSlots); ++i)
    slots.insert(HashBytes(std::to_string(i), 7) % kSlots);
  EXPECT_GT(slots.size(), kSlots * 55 / 100) << "evenly thrown, some 63 of 100 are hit";
}

}  // namespace
}  // namespace sluice
