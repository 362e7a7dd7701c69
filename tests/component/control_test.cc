// The control record and the rule for version conflicts: whose history is it? (I5, I11)
#include <gtest/gtest.h>

#include "core/operations/index/conflict_rule.h"
#include "core/operations/index/plan_write.h"
#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

/// A topic that was read and indexed by a member that is gone.
class Control : public ::testing::Test {
 protected:
  void ReadSome(int32_t partitions = 2) {
    world_.log.CreateTopic("t", partitions);
    world_.log.Append({"t", 0}, "a", R"(c{"v":"1"})");
    world_.log.Append({"t", 0}, "b", R"(c{"v":"1"})");
    Member member(world_, Rig::Defaults());
    Run(member);
    member.pipeline.Stop();
    ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }));
    ASSERT_EQ(member.pipeline.end(), PipelineEnd::kDrained);
    ASSERT_EQ(world_.cluster.Count("t"), 2U);
  }
  static void Run(Member& member) {
    member.source.AssignTopic("t");
    member.RunFor(1'500);
  }
  /// A new member halts with a sentence that says all of this, and writes nothing.
  void ExpectHalt(const std::vector<std::string>& words) {
    const size_t before = world_.cluster.documents("t").size();
    Member member(world_, Rig::Defaults());
    Run(member);
    ASSERT_TRUE(member.pipeline.ended());
    EXPECT_EQ(member.pipeline.end(), PipelineEnd::kHalted);
    ASSERT_TRUE(member.observer.halt());
    const std::string sentence = member.observer.halt()->sentence;
    EXPECT_EQ(member.observer.halt()->reason, FailureReason::kControlMismatch);
    for (const std::string& word : words)
      EXPECT_NE(sentence.find(word), std::string::npos) << word << " in: " << sentence;
    EXPECT_EQ(member.index.requests_sent(), 0U);
    EXPECT_EQ(world_.cluster.documents("t").size(), before);
  }
  ControlRecord& Kept() { return world_.control.Find("t")->record; }
  /// As `sluice rebuild` does, before all is written down.
  void MoveToTheNext() {
    OtherIndex next;
    next.facts = {true, "t-000002", "uuid-2", "", {"0:history-2"}, 0};
    next.next = true;
    next.offsets = {2, 0};
    Kept().other = next;
    world_.control.Destination("t") = next.facts;
  }

  World world_;
};

/// `sluice rebuild` has moved the alias, and a service is given partitions before all is written
/// down.
TEST_F(Control, GoesOnWithTheNextIndexThatWasAnnounced) {
  ReadSome();
  MoveToTheNext();
  world_.log.Append({"t", 0}, "c", R"(c{"v":"1"})");
  Member member(world_, Rig::Defaults());
  Run(member);
  ASSERT_FALSE(member.pipeline.ended()) << member.observer.halt()->sentence;
  EXPECT_EQ(world_.cluster.Count("t"), 3U);
  EXPECT_EQ(Kept().destination.uuid, "uuid-2");
  EXPECT_EQ(Kept().other->facts.uuid, "uuid-1");
  EXPECT_FALSE(Kept().other->next);
  member.pipeline.Stop();
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }));
  // The former one lacks what came since.
  world_.control.Destination("t") = Kept().other->facts;
  ExpectHalt({"is another one", "uuid-1", "uuid-2", "sluice rebuild t"});
}

TEST_F(Control, IsRecordedBeforeAnythingIsWritten) {
  world_.log.CreateTopic("t", 2);
  world_.log.Append({"t", 1}, "a", R"(c{"v":"1"})");
  Member member(world_, Rig::Defaults());
  member.control.HoldAnswers(true);
  Run(member);
  EXPECT_EQ(member.index.requests_sent(), 0U);
  EXPECT_FALSE(world_.log.Committed({"t", 0})) << "that there is none may have to be told";
  member.control.HoldAnswers(false);
  member.source.HoldCommits(true);
  member.RunFor(300);
  ASSERT_NE(world_.control.Find("t"), nullptr);
  EXPECT_EQ(Kept().partitions, 2);
  EXPECT_EQ(Kept().topic_id, "topic-id");
  EXPECT_EQ(Kept().group, "readers");
  EXPECT_EQ(Kept().incarnation, 1);
  EXPECT_EQ(Kept().starts, (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(member.index.requests_sent(), 0U) << "before the group holds an offset";
  member.source.HoldCommits(false);
  member.RunFor(300);
  EXPECT_EQ(world_.cluster.Count("t"), 1U);
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 0) << "of an empty partition too";
}

TEST_F(Control, IsReadAgainWithEachAssignment) {
  ReadSome();
  Member member(world_, Rig::Defaults());
  member.source.Assign({{"t", 0}});
  member.RunFor(100);
  EXPECT_EQ(member.control.looks(), 1U);
  member.source.Assign({{"t", 1}});
  member.RunFor(100);
  EXPECT_EQ(member.control.looks(), 2U);
  EXPECT_EQ(member.control.writes(), 0U);
  EXPECT_FALSE(member.pipeline.ended());
}

// A rollover, a restored copy: nothing but a look tells, for writes are taken as if nothing had
// happened.
TEST_F(Control, HaltsWhereTheIndexBecomesAnotherOneWhileItIsWritten) {
  ReadSome();
  Member member(world_, Rig::Defaults());
  Run(member);
  ASSERT_FALSE(member.pipeline.ended());
  world_.control.Destination("t").uuid = "uuid-9";
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }));
  ASSERT_TRUE(member.observer.halt());
  EXPECT_EQ(member.observer.halt()->reason, FailureReason::kControlMismatch);
  EXPECT_NE(member.observer.halt()->sentence.find("is another one"), std::string::npos);
}

TEST_F(Control, GoesOnWhereTheIndexThatWasAnnouncedTakesItsPlaceWhileItIsWritten) {
  ReadSome();
  Member member(world_, Rig::Defaults());
  Run(member);
  MoveToTheNext();
  const uint64_t looks = member.control.looks();
  member.RunFor(70'000);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_EQ(member.control.looks(), looks + 2);
}

TEST_F(Control, GoesOnWhereTheIndexWasAnotherOneForOneLook) {
  ReadSome();
  Member member(world_, Rig::Defaults());
  Run(member);
  const uint64_t looks = member.control.looks();
  world_.control.Destination("t").uuid = "uuid-9";
  ASSERT_TRUE(member.RunUntil([&] { return member.control.looks() > looks; }));
  member.RunFor(20);
  world_.control.Destination("t").uuid = "uuid-1";
  member.RunFor(70'000);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_GT(member.control.looks(), looks + 2);
}

TEST_F(Control, HoldsWhileTheIndexIsNotReachedAndLeavesOneThatItDoesNotRead) {
  ReadSome();
  Member member(world_, Rig::Defaults());
  Run(member);
  member.control.HoldOnce(Words(Disposition::kHold, FailureReason::kUnauthorized, "no right"));
  for (int i = 0; i < 4'000 && member.observer.holds().empty(); ++i) {
    world_.clock.AdvanceMs(10);
    member.pipeline.Turn();
  }
  ASSERT_FALSE(member.observer.holds().empty()) << "after half a minute it is looked at";
  member.RunFor(100);
  EXPECT_TRUE(member.observer.holds().empty());
  member.source.RevokeAll();
  member.RunFor(300);
  const uint64_t looks = member.control.looks();
  world_.control.Destination("t").uuid = "uuid-9";
  member.RunFor(70'000);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_EQ(member.control.looks(), looks);
}

TEST_F(Control, HoldsWhileTheRecordIsNotReached) {
  world_.log.CreateTopic("t", 1);
  Member member(world_, Rig::Defaults());
  member.control.HoldOnce(Words(Disposition::kHold, FailureReason::kUnauthorized, "no right"));
  member.control.HoldOnce(Words(Disposition::kHold, FailureReason::kUnauthorized, "no right"));
  member.source.AssignTopic("t");
  for (int i = 0; i < 5 && member.observer.holds().empty(); ++i) member.pipeline.Turn();
  ASSERT_EQ(member.observer.holds().size(), 1U);
  EXPECT_NE(member.observer.holds()[0].sentence.find("no right"), std::string::npos);
  member.RunFor(300);
  EXPECT_TRUE(member.observer.holds().empty());
  EXPECT_NE(world_.control.Find("t"), nullptr);
}

TEST_F(Control, TakesTheRecordOfAFasterMember) {
  world_.log.CreateTopic("t", 1);
  Member other(world_, Rig::Defaults());
  Run(other);
  ControlRecord record = Kept();
  record.incarnation = 7;
  world_.control.Forget("t");
  Member member(world_, Rig::Defaults());
  member.control.RaceNext(record);
  other.source.RevokeAll();
  other.RunFor(300);
  world_.log.Append({"t", 0}, "a", R"(c{"v":"1"})");
  Run(member);
  ASSERT_EQ(world_.cluster.Count("t"), 1U);
  EXPECT_EQ(IncarnationOf(world_.cluster.Find("t", "a")->version), 7);
}

// ---- Each mismatch halts -----------------------------------------------------------------------

TEST_F(Control, TopicMadeAgainHalts) {
  ReadSome();
  world_.log.topic_id = "another-id";
  ExpectHalt({"deleted and created again", "another-id", "topic-id", "rebuild", "new incarnation",
              "`sluice control new-incarnation t`", "`sluice control accept t`"});
}

TEST_F(Control, PartitionsAddedHalt) {
  ReadSome();
  world_.log.GrowTopic("t", 3);
  ExpectHalt({"has 3 partitions, recorded were 2", "new-incarnation t --from end"});
}

TEST_F(Control, AnotherIndexHalts) {
  ReadSome();
  world_.control.Destination("t").uuid = "uuid-2";
  ExpectHalt({"uuid-2", "uuid-1", "t-000001"});
}

TEST_F(Control, AnOlderCopyOfAShardHalts) {
  ReadSome();
  world_.control.Destination("t").primaries = {"0:history-2"};
  ExpectHalt({"0:history-2", "0:history-1"});
}

TEST_F(Control, AGroupWithoutOffsetsHalts) {
  ReadSome();
  for (const TopicPartition& name : world_.log.Partitions("t")) world_.log.ForgetCommitted(name);
  ExpectHalt({"group readers has no committed offset", "deleted or renamed"});
  EXPECT_FALSE(world_.log.Committed({"t", 0})) << "the next start has to see it too";
}

TEST_F(Control, ANewIndexUnderAnOldGroupHalts) {
  ReadSome();
  world_.control.Forget("t");
  world_.cluster = FakeSearchCluster();
  ExpectHalt({"was never written", "group readers has read from topic t"});
}

TEST_F(Control, APassingMismatchDoesNotHalt) {
  ReadSome();
  world_.log.topic_id = "stale";
  Member member(world_, Rig::Defaults());
  member.source.AssignTopic("t");
  member.RunFor(200);
  world_.log.topic_id = "topic-id";
  member.RunFor(1'000);
  EXPECT_FALSE(member.pipeline.ended()) << "the broker was asked again";
}

TEST_F(Control, ARecordThatWasLostIsMadeAnewWithARemark) {
  ReadSome();
  world_.control.Forget("t");
  Member member(world_, Rig::Defaults());
  Run(member);
  EXPECT_FALSE(member.pipeline.ended());
  ASSERT_EQ(member.observer.remarks().size(), 1U);
  EXPECT_NE(world_.control.Find("t"), nullptr);
}

TEST_F(Control, AnIncarnationIsAboveTheFormerOne) {
  ReadSome();
  Kept().incarnation = 2;
  for (const TopicPartition& name : world_.log.Partitions("t"))
    world_.log.SetCommitted(name, {Offset{0}, -1});
  Member member(world_, Rig::Defaults());
  Run(member);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_EQ(world_.cluster.Find("t", "a")->version, OffsetVersion(2, Offset{0}));
  EXPECT_EQ(world_.cluster.Find("t", "b")->version, OffsetVersion(2, Offset{1}));
}

// ---- Keys --------------------------------------------------------------------------------------

TEST_F(Control, LearnsTheEncodingOfKeysOnce) {
  world_.log.CreateTopic("t", 2);
  Member member(world_, Rig::Defaults());
  member.decoder.key_encoding = kKeyJson;
  Run(member);
  EXPECT_EQ(Kept().key_encoding, kKeyUnknown) << "no key was read";
  world_.log.Append({"t", 0}, "a", R"(c{"v":"1"})");
  world_.log.Append({"t", 1}, "b", R"(c{"v":"1"})");
  member.RunFor(300);
  EXPECT_EQ(Kept().key_encoding, kKeyJson);
  EXPECT_EQ(member.control.writes(), 2U) << "the record and its only change";
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 1);
}

TEST_F(Control, CommitsNothingBeforeTheEncodingIsSafe) {
  world_.log.CreateTopic("t", 2);
  Member member(world_, Rig::Defaults());
  Run(member);
  member.decoder.key_encoding = kKeyJson;
  member.control.HoldAnswers(true);
  world_.log.Append({"t", 0}, "a", R"(c{"v":"1"})");
  member.RunFor(500);
  EXPECT_EQ(world_.cluster.Count("t"), 1U);
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 0);
  member.control.HoldAnswers(false);
  member.RunFor(500);
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 1);
}

TEST_F(Control, AnotherEncodingInMidTopicHalts) {
  ReadSome();
  Kept().key_encoding = kKeyJson;
  Member member(world_, Rig::Defaults());
  member.decoder.key_encoding = KeyWithSchema(R"({"type":"struct"})");
  Run(member);
  world_.log.Append({"t", 1}, "c", R"(c{"v":"1"})");
  member.RunFor(300);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_NE(member.observer.halt()->sentence.find("recorded was json"), std::string::npos);
  EXPECT_NE(member.observer.halt()->sentence.find("schema:"), std::string::npos);
  EXPECT_EQ(world_.cluster.Count("t"), 2U);
}

TEST_F(Control, AForeignSnapshotBehindChangesHaltsUntilItIsAccepted) {
  ReadSome();
  world_.log.Append({"t", 1}, "p", R"(f{"v":"2"})");  // the first of its partition: nothing before
  world_.log.Append({"t", 0}, "a", R"(f{"v":"2"})", {{"sluice", "1;5;1"}});  // our own source's
  {
    Member member(world_, Rig::Defaults());
    Run(member);
    EXPECT_FALSE(member.observer.halt());
    ASSERT_EQ(world_.cluster.Count("t"), 3U);
    member.source.RevokeAll();
    member.RunFor(300);
  }
  world_.log.Append({"t", 0}, "a", R"(f{"v":"3"})");
  for (int start = 0; start < 2; ++start) {
    Member member(world_, Rig::Defaults());
    Run(member);
    ASSERT_TRUE(member.observer.halt()) << start;
    for (const char* words : {"partition 0: at offset 3", "`sluice control accept t`",
                              "sluice verify --repair", "rebuild", "--from end"})
      EXPECT_NE(member.observer.halt()->sentence.find(words), std::string::npos) << words;
    EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 3);
    EXPECT_NE(world_.cluster.Find("t", "a")->document.find("\"2\""), std::string::npos);
  }
  Kept().snapshots_known = {4, 1};  // as `sluice control accept` records it
  Member member(world_, Rig::Defaults());
  Run(member);
  EXPECT_FALSE(member.observer.halt());
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 4);
}

TEST_F(Control, SnapshotsThatWereThereBeforeTheIndexAreItsHistory) {
  world_.log.CreateTopic("t", 1);
  world_.log.Append({"t", 0}, "a", R"(f{"v":"1"})");
  world_.log.Append({"t", 0}, "a", R"(f{"v":"2"})");
  Member member(world_, Rig::Defaults());
  Run(member);
  EXPECT_FALSE(member.observer.halt());
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 2);
}

TEST_F(Control, OnePartitionOnlyTakesAnotherEncoding) {
  ReadSome(1);
  Kept().key_encoding = kKeyJson;
  Member member(world_, Rig::Defaults());
  member.decoder.key_encoding = kKeyText;
  Run(member);
  world_.log.Append({"t", 0}, "c", R"(c{"v":"1"})");
  member.RunFor(300);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_EQ(Kept().key_encoding, kKeyText);
}

TEST_F(Control, TwoMembersThatLearnDifferentEncodingsHalt) {
  world_.log.CreateTopic("t", 2);
  Member first(world_, Rig::Defaults());
  first.source.Assign({{"t", 0}});
  first.RunFor(300);
  Member second(world_, Rig::Defaults());
  second.source.Assign({{"t", 1}});
  second.RunFor(300);
  first.decoder.key_encoding = kKeyJson;
  second.decoder.key_encoding = kKeyText;
  world_.log.Append({"t", 0}, "a", R"(c{"v":"1"})");
  world_.log.Append({"t", 1}, "b", R"(c{"v":"1"})");
  first.RunFor(300);
  second.RunFor(300);
  EXPECT_FALSE(first.pipeline.ended());
  ASSERT_TRUE(second.observer.halt());
  EXPECT_EQ(second.observer.halt()->reason, FailureReason::kControlMismatch);
}

// The divergent ids that the first assignment has asked for come while the control record is read
// for the second.
TEST_F(Control, NothingIsReadOfAPartitionWhoseRecordWasNotLookedAt) {
  world_.log.CreateTopic("t", 2);
  Member member(world_, Rig::Defaults());
  member.divergence.Hold(true);
  member.source.Assign({{"t", 0}});
  member.RunFor(300);
  Kept().incarnation = 2;
  Kept().key_encoding = member.decoder.key_encoding = kKeyJson;
  member.control.HoldAnswers(true);
  member.source.Assign({{"t", 1}});
  member.RunFor(100);
  member.divergence.Hold(false);
  world_.log.Append({"t", 1}, "b", R"(c{"v":"1"})");
  member.RunFor(300);
  EXPECT_EQ(world_.cluster.Count("t"), 0U);
  member.control.HoldAnswers(false);
  member.RunFor(300);
  EXPECT_FALSE(member.observer.halt());
  ASSERT_NE(world_.cluster.Find("t", "b"), nullptr);
  EXPECT_EQ(world_.cluster.Find("t", "b")->version, OffsetVersion(2, Offset{0}));
}

// ---- Version conflicts -------------------------------------------------------------------------

class Conflicts : public Control {
 protected:
  /// Reads everything again, which is the way to conflicts.
  void Rewind() {
    for (const TopicPartition& name : world_.log.Partitions("t"))
      world_.log.SetCommitted(name, {Offset{0}, -1});
  }
  void Write(const std::string& id, int64_t version) {
    world_.cluster.Apply({WriteAction::kIndex, "t", id, version, R"({"v":"foreign"})"});
  }
};

TEST_F(Conflicts, OurOwnRecordsAreKnown) {
  ReadSome();
  world_.log.Append({"t", 0}, "a", R"(u{"v":"2"})");
  {
    Member member(world_, Rig::Defaults());
    Run(member);
  }
  Rewind();
  Member member(world_, Rig::Defaults());
  member.source.LimitBatch(1);  // nothing is merged: the older record goes out
  Run(member);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_EQ(member.fate(Fate::kSuperseded), 1U);
  EXPECT_EQ(member.fate(Fate::kApplied), 2U) << "equal versions";
  EXPECT_EQ(world_.cluster.Find("t", "a")->document, R"({"v":"2"})");
}

TEST_F(Conflicts, AVersionBehindTheEndHaltsAfterTheBrokerWasAsked) {
  ReadSome();
  Write("c", OffsetVersion(1, Offset{50}));
  world_.log.Append({"t", 0}, "c", R"(c{"v":"1"})");
  Member member(world_, Rig::Defaults());
  Run(member);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_EQ(member.observer.halt()->reason, FailureReason::kForeignVersion);
  const std::string sentence = member.observer.halt()->sentence;
  for (const char* word : {"offset 50", "ends at offset 3", "new-incarnation t",
                           "`sluice rebuild t`", "accept: it does not help"})
    EXPECT_NE(sentence.find(word), std::string::npos) << word << " in: " << sentence;
  EXPECT_EQ(member.source.streams_asked(), 2U);
}

TEST_F(Conflicts, AnotherIncarnationHalts) {
  ReadSome();
  Write("c", OffsetVersion(2, Offset{0}));
  world_.log.Append({"t", 0}, "c", R"(c{"v":"1"})");
  Member member(world_, Rig::Defaults());
  Run(member);
  ASSERT_TRUE(member.observer.halt());
  const std::string sentence = member.observer.halt()->sentence;
  EXPECT_NE(sentence.find("incarnation 2"), std::string::npos);
  EXPECT_EQ(sentence.find("new-incarnation"), std::string::npos)
      << "the next one's versions are not above it: " << sentence;
  EXPECT_NE(sentence.find("`sluice rebuild t`"), std::string::npos) << sentence;
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 2) << "not passed";
}

TEST_F(Conflicts, TheDocumentIsAskedWhereTheAnswerDoesNotTell) {
  ReadSome();
  Rewind();
  Member member(world_, Rig::Defaults());
  Write("a", OffsetVersion(1, Offset{1}));
  member.index.HideStoredVersions(true);
  member.index.FailNextLookup({Disposition::kRetry, FailureReason::kTimeout, {}});
  Run(member);
  member.RunFor(2'000);
  EXPECT_FALSE(member.pipeline.ended());
  EXPECT_EQ(member.fate(Fate::kSuperseded), 1U);
  EXPECT_EQ(member.index.lookups_asked(), 2U);
  EXPECT_EQ(world_.log.Committed({"t", 0})->next.value, 2);
}

TEST_F(Conflicts, AVersionThatNobodyTellsHalts) {
  ReadSome();
  world_.cluster.Apply({WriteAction::kDelete, "t", "a", OffsetVersion(1, Offset{1}), ""});
  Rewind();
  Member member(world_, Rig::Defaults());
  member.index.HideStoredVersions(true);
  Run(member);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_NE(member.observer.halt()->sentence.find("could not be read"), std::string::npos);
}

}  // namespace
}  // namespace sluice::testing
