// The readers that look at many bytes at once, against readers that look at one.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/debezium/bracket_scan.h"
#include "adapters/debezium/fingerprint_scan.h"
#include "adapters/debezium/json_text.h"
#include "adapters/debezium/name_uuid.h"
#include "adapters/debezium/prefix_cache.h"
#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

std::string RandomText(std::mt19937_64& random, std::string_view alphabet, size_t longest) {
  std::string text(random() % (longest + 1), ' ');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

TEST(BracketScanner, BothKernelsSeeTheSame) {
  std::mt19937_64 random(TestSeed());
  BracketScanner fast;
  BracketScanner portable(ScanKernel::kPortable);
  // Alphabets: all that matters, mostly escapes, a few rare bytes.
  const std::string_view alphabets[] = {"{}[]\"\\a \n\x01\xC3\xA9;_Yy\x7F", "\"\\\\\\a{",
                                        "aaaaaaaaaaaaaaaaaaaaaaaa\"{}"};
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = RandomText(random, alphabets[i % 3], 200);
    const TextFacts left = fast.Scan(text);
    const TextFacts right = portable.Scan(text);
    ASSERT_EQ(left.control, right.control) << text;
    ASSERT_EQ(left.ascii, right.ascii) << text;
    ASSERT_EQ(left.backslash_outside, right.backslash_outside) << text;
    // Behind a stray backslash the two may part ways: such a text is refused anyhow.
    if (right.backslash_outside) continue;
    ASSERT_EQ(left.strings_closed, right.strings_closed) << text;
    ASSERT_EQ(std::vector<uint32_t>(fast.begin(), fast.end()),
              std::vector<uint32_t>(portable.begin(), portable.end()))
        << text;
  }
}

TEST(BracketScanner, EveryByteOutsideStringsIsJudgedAlone) {
  BracketScanner fast;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '"') continue;
    const std::string text = std::string(37, 'x') + static_cast<char>(byte) + std::string(50, 'x');
    const TextFacts facts = fast.Scan(text);
    const bool bracket = byte == '{' || byte == '}' || byte == '[' || byte == ']';
    EXPECT_EQ(fast.end() - fast.begin(), bracket ? 1 : 0) << byte;
    EXPECT_EQ(facts.control, byte < 0x20) << byte;
    EXPECT_EQ(facts.ascii, byte < 0x80) << byte;
    EXPECT_EQ(facts.backslash_outside, byte == '\\') << byte;
  }
}

TEST(FingerprintScanner, FindsWhatIsThereAndNothingElse) {
  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 5'000; ++i) {
    const std::vector<std::string> needles = {RandomText(random, "ab", 0) + "aba",
                                              "bb" + RandomText(random, "ab", 6) + "a"};
    const std::string text = RandomText(random, "abc", 150);
    bool there = false;
    for (const std::string& needle : needles) {
      there = there || text.find(needle) != std::string::npos;
    }
    EXPECT_EQ(FingerprintScanner(needles).FindsAny(text), there) << text;
    EXPECT_EQ(FingerprintScanner(needles, ScanKernel::kPortable).FindsAny(text), there) << text;
  }
}

TEST(JsonText, SkipDigitsStopsAtTheFirstOther) {
  for (size_t digits = 0; digits < 40; ++digits) {
    for (int other = 0; other < 256; ++other) {
      if (other >= '0' && other <= '9') continue;
      const std::string text = std::string(digits, '7') + static_cast<char>(other) + "\xFF\xFF 99";
      EXPECT_EQ(SkipDigits(text.data(), text.data() + text.size()), text.data() + digits) << other;
    }
    const std::string all(digits, '9');
    EXPECT_EQ(SkipDigits(all.data(), all.data() + digits), all.data() + digits);
  }
}

TEST(JsonText, SkipStringStopsAtTheFirstByteThatIsNotPlain) {
  for (size_t plain = 0; plain < 40; ++plain) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string text = "\"" + std::string(plain, '!') + static_cast<char>(byte) + "n" +
                               std::string(9, '#') + "\"";
      const char* end = text.data() + text.size();
      const char* expected = end;
      if (byte == '"') expected = text.data() + plain + 2;
      if (byte < 0x20) expected = nullptr;
      EXPECT_EQ(SkipString(text.data(), end), expected) << byte << " behind " << plain;
    }
  }
}

TEST(NameUuid, IsJavas) {
  EXPECT_EQ(NameUuid("__debezium_unavailable_value"), "b68a35a7-17ad-35b3-af2a-ae46edb4545a");
  // MD5 of nothing, and of the 80 digits of RFC 1321's suite, with version and variant set.
  EXPECT_EQ(NameUuid(""), "d41d8cd9-8f00-3204-a980-0998ecf8427e");
  std::string digits;
  for (int i = 0; i < 8; ++i) digits += "1234567890";
  EXPECT_EQ(NameUuid(digits), "57edf4a2-2be3-3955-ac49-da2e2107b67a");
}

TEST(PrefixCache, RemembersPerPartitionAndSharesTexts) {
  PrefixCache cache;
  EXPECT_EQ(cache.Find(PartitionSlot{3}, "abc"), "");
  cache.Put(PartitionSlot{3}, "ab");
  cache.Put(PartitionSlot{70}, "ab");
  EXPECT_EQ(cache.texts(), 1U);
  EXPECT_EQ(cache.Find(PartitionSlot{3}, "abc"), "ab");
  EXPECT_EQ(cache.Find(PartitionSlot{70}, "ab"), "ab");
  EXPECT_EQ(cache.Find(PartitionSlot{3}, "a"), "");
  EXPECT_EQ(cache.Find(PartitionSlot{4}, "abc"), "");
  cache.Put(PartitionSlot{3}, "x");
  EXPECT_EQ(cache.Find(PartitionSlot{3}, "abc"), "");
  EXPECT_EQ(cache.Find(PartitionSlot{70}, "abc"), "ab");
}

TEST(PrefixCache, IsBoundedWhateverIsPut) {
  PrefixCache cache;
  for (uint32_t i = 0; i < 2'000; ++i) {
    cache.Put(PartitionSlot{i}, std::string(PrefixCache::kTextBytesMax - i, 'x'));
    EXPECT_LE(cache.bytes(), PrefixCache::kBytesMax);
    EXPECT_LE(cache.texts(), PrefixCache::kTextsMax);
  }
  for (uint32_t i = 0; i < 2'000; ++i) cache.Put(PartitionSlot{i}, "t" + std::to_string(i));
  EXPECT_LE(cache.texts(), PrefixCache::kTextsMax);
  EXPECT_EQ(cache.Find(PartitionSlot{1'999}, "t1999!"), "t1999");
  cache.Put(PartitionSlot{PrefixCache::kSlotsMax}, "far");
  EXPECT_EQ(cache.Find(PartitionSlot{PrefixCache::kSlotsMax}, "far"), "");
  cache.Put(PartitionSlot{1}, std::string(PrefixCache::kTextBytesMax + 1, 'x'));
  EXPECT_EQ(cache.Find(PartitionSlot{1}, std::string(PrefixCache::kTextBytesMax + 1, 'x')), "");
}

}  // namespace
}  // namespace sluice::debezium
