// Documents that are found by a header of their record, and not by its key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;

Offset Tell(Rig& rig, const std::string& key, const std::string& value,
            std::vector<Header> headers) {
  return rig.world.log.Append(Rig::At(0), key, value, std::move(headers));
}

TEST(DocumentsByHeader, EachEventIsADocumentOfItsOwn) {
  Rig rig;
  Member& member = rig.Start();
  Tell(rig, "a", R"(i{"v":"1"})", {{"id", "e-1"}});
  Tell(rig, "a", R"(i{"v":"2"})", {{"id", "e-2"}});
  Tell(rig, "a", R"(i{"v":"1"})", {{"id", "e-1"}});
  member.RunFor(300);
  EXPECT_EQ(rig.Document("e-1"), R"({"v":"1"})");
  EXPECT_EQ(rig.Document("e-2"), R"({"v":"2"})");
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.world.cluster.Count("t"), 2U) << "an event that is sent again is the same document";
  EXPECT_EQ(rig.Committed(), 3);
}

TEST(DocumentsByHeader, AnEventWithoutItIsADeadLetter) {
  Rig rig;
  Member& member = rig.Start();
  Tell(rig, "a", R"(i{"v":"1"})", {});
  Tell(rig, "a", R"(i{"v":"2"})", {{"id", std::nullopt}});
  Tell(rig, "a", R"(i{"v":"3"})", {{"id", "e-3"}, {"other", "x"}});
  member.RunFor(300);
  EXPECT_EQ(rig.world.cluster.Count("t"), 1U);
  EXPECT_EQ(rig.Committed(), 3);
  ASSERT_EQ(member.letters.stored().size(), 2U);
  for (const StoredDeadLetter& letter : member.letters.stored()) {
    EXPECT_EQ(letter.reason, RejectReason::kMissingId);
    EXPECT_EQ(letter.id, "") << "the key is not its id";
  }
  EXPECT_EQ(member.stats().rejected[static_cast<size_t>(RejectReason::kMissingId)], 2U);
}

TEST(DocumentsByHeader, WhatARefusedEventHadReplacedIsFoundByItAgain) {
  Rig rig;
  Member& member = rig.Start();
  member.index.refuse_item = [](const OwnedWrite& write) {
    return write.document.find("bad") == std::string::npos
               ? std::nullopt
               : std::optional<Failure>(
                     Failure{{Disposition::kReject, FailureReason::kDocumentRefused, {}},
                             "document_parsing_exception",
                             "no such field"});
  };
  member.index.HoldAnswers(true);
  Tell(rig, "a", R"(i{"v":"1"})", {{"id", "e-1"}});
  member.RunFor(50);
  // Both wait behind the first; the second takes the place of the one before it.
  Tell(rig, "a", R"(i{"v":"2"})", {{"id", "e-1"}});
  Tell(rig, "a", R"(i{"bad":"3"})", {{"id", "e-1"}});
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.RunFor(500);
  EXPECT_EQ(rig.Document("e-1"), R"({"v":"2"})");
  EXPECT_EQ(rig.Committed(), 3);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].offset, Offset{2});
  EXPECT_EQ(member.letters.stored()[0].id, "e-1");
  EXPECT_THAT(member.letters.stored()[0].replaced, ElementsAre(Offset{1}));
}

}  // namespace
}  // namespace sluice::testing
