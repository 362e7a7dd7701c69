#include "core/operations/delivery/idempotency_key.h"

#include <gtest/gtest.h>

#include "core/operations/change_header.h"
#include "core/operations/change_version.h"
#include "core/operations/sha256.h"

namespace sluice {
namespace {

const TopicPartition kStream{"status", 3};

std::string Header(int64_t version) {
  std::string text;
  AppendChangeHeader(text, version, 9);
  return text;
}

std::string Key(std::optional<std::string_view> id, std::optional<std::string_view> change,
                std::optional<std::string_view> key = "7", int64_t offset = 5) {
  return IdempotencyKey(id, change, key, kStream, Offset{offset});
}

TEST(IdempotencyKey, AnEventsIdIsItsOwn) {
  EXPECT_EQ(Key("0f8e-1", Header(4096 + 1)), "0f8e-1");
  EXPECT_EQ(Key("two words", std::nullopt), "h-" + Sha256Hex("two words"));
  EXPECT_EQ(Key("line\r\nX-Injected: 1", std::nullopt), "h-" + Sha256Hex("line\r\nX-Injected: 1"));
  EXPECT_EQ(Key(std::string(201, 'x'), std::nullopt), "h-" + Sha256Hex(std::string(201, 'x')));
}

TEST(IdempotencyKey, AChangeThatIsToldAgainHasTheKeyItHad) {
  const std::string key = Key(std::nullopt, Header(4096 + 1));
  EXPECT_TRUE(key.starts_with("v-"));
  EXPECT_EQ(Key(std::nullopt, Header(4096 + 1), "7", 99), key) << "at another offset";
  EXPECT_NE(Key(std::nullopt, Header(4096 + 2)), key) << "another change of that key";
  EXPECT_NE(Key(std::nullopt, Header(4096 + 1), "8"), key) << "another key of that commit";
}

TEST(IdempotencyKey, VersionsThatSeveralRecordsShareAreNotUsed) {
  for (const int64_t rank : {int64_t{kRankOfSnapshot}, int64_t{kRankMost}})
    EXPECT_EQ(Key(std::nullopt, Header((int64_t{5} << kRankBits) + rank)), "status-3-5") << rank;
}

TEST(IdempotencyKey, AnyOtherRecordIsKnownByItsPlace) {
  EXPECT_EQ(Key(std::nullopt, std::nullopt), "status-3-5");
  EXPECT_EQ(Key(std::nullopt, "no header of ours"), "status-3-5");
  EXPECT_EQ(Key("", std::nullopt), "status-3-5");
  EXPECT_EQ(Key(std::nullopt, Header(4097), std::nullopt), "status-3-5");
}

}  // namespace
}  // namespace sluice
