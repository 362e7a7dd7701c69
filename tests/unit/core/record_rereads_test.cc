#include "core/operations/group/record_rereads.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_record_archive.h"

namespace sluice::testing {
namespace {

using User = RecordRereads::User;

TEST(RecordRereads, GivesEachUserItsOwnAnswers) {
  FakeLog log;
  log.CreateTopic("t", 1);
  log.Append({"t", 0}, "a", "1");
  log.Append({"t", 0}, "b", "2");
  FakeRecordArchive archive(log);
  RecordRereads rereads(archive);
  EXPECT_FALSE(rereads.Awaits(User::kDeadLetters));
  ASSERT_TRUE(rereads.Request(User::kDeadLetters, 5, {"t", 0}, Offset{0}));
  ASSERT_TRUE(rereads.Request(User::kPredecessors, 5, {"t", 0}, Offset{1}));

  std::vector<ArchivedRecord> letters;
  rereads.Poll(User::kDeadLetters, letters);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters.front().token, 5U);
  EXPECT_EQ(letters.front().record->value, "1");

  EXPECT_TRUE(rereads.Awaits(User::kPredecessors)) << "its answer came with the other's";
  std::vector<ArchivedRecord> older;
  rereads.Poll(User::kPredecessors, older);
  ASSERT_EQ(older.size(), 1U);
  EXPECT_EQ(older.front().token, 5U);
  EXPECT_EQ(older.front().record->value, "2");
  EXPECT_FALSE(rereads.Awaits(User::kPredecessors));
}

TEST(RecordRereads, AsksForNoMoreThanTheArchiveTakes) {
  FakeLog log;
  log.CreateTopic("t", 1);
  FakeRecordArchive archive(log);
  archive.Hold(true);
  RecordRereads rereads(archive);
  for (size_t i = 0; i < archive.capacity(); ++i) {
    EXPECT_TRUE(rereads.Request(User::kDeadLetters, i, {"t", 0}, Offset{0}));
  }
  EXPECT_FALSE(rereads.Request(User::kPredecessors, 1, {"t", 0}, Offset{0}));
}

}  // namespace
}  // namespace sluice::testing
