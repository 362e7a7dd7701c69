#include "core/operations/index/control_decision.h"

#include <gtest/gtest.h>

#include <functional>

namespace sluice {
namespace {

using Kind = ControlDecision::Kind;

ControlSight Sight() {
  ControlSight seen;
  seen.index = "cdc.users";
  seen.group = "sluice";
  seen.stream = {"cdc.Users", "cluster-a", "id-a", {{0, 100, 100}, {0, 50, 40}}};
  seen.destination = {true, "cdc.users-000001", "uuid-a", "", {"0:h-a"}, 120};
  return seen;
}

ControlRecord Recorded() {
  ControlRecord record;
  record.index = "cdc.users";
  record.destination = {true, "cdc.users-000001", "uuid-a", "", {"0:h-a"}, 0};
  record.group = "sluice";
  record.cluster_id = "cluster-a";
  record.topic = "cdc.Users";
  record.topic_id = "id-a";
  record.partitions = 2;
  record.key_encoding = kKeyJson;
  record.incarnation = 3;
  record.starts = {0, 0};
  return record;
}

TEST(ControlDecision, ProceedsWhereNothingHasChanged) {
  const ControlDecision decision = DecideControl(Recorded(), Sight());
  EXPECT_EQ(decision.kind, Kind::kProceed);
  EXPECT_EQ(decision.record.incarnation, 3);
  EXPECT_TRUE(decision.remark.empty());
  for (const ControlLine& line : CompareControl(Recorded(), Sight()))
    EXPECT_FALSE(line.differs) << line.name;
}

/// How `rebuild` is offered.
enum class Rebuild { kByHand, kByCommand, kNot };

struct Case {
  const char* name;
  std::function<void(ControlRecord&, ControlSight&)> change;
  std::vector<const char*> words;  ///< Both facts, and the cure that fits.
  Rebuild rebuild = Rebuild::kByHand;
};

TEST(ControlDecision, HaltsForEachMismatchWithBothFactsAndTheChoices) {
  const char* const kRaise = "`sluice control new-incarnation cdc.users`";
  const char* const kFromEnd = "`sluice control new-incarnation cdc.users --from end`";
  const std::vector<Case> cases = {
      {"another topic",
       [](auto& was, auto&) { was.topic = "cdc.Old"; },
       {"cdc.Old", "cdc.Users", kRaise}},
      {"another cluster",
       [](auto&, auto& is) { is.stream.cluster_id = "cluster-b"; },
       {"cluster-b", "cluster-a", kRaise}},
      {"topic made again",
       [](auto&, auto& is) { is.stream.topic_id = "id-b"; },
       {"id-b", "id-a", kRaise}},
      {"fewer partitions",
       [](auto&, auto& is) { is.stream.partitions.pop_back(); },
       {"1 partitions", "were 2", kRaise}},
      {"partitions added",
       [](auto&, auto& is) { is.stream.partitions.push_back({0, 0, -1}); },
       {"3 partitions", "were 2", kFromEnd}},
      {"another mode",
       [](auto&, auto& is) { is.version_mode = VersionMode::kHeader; },
       {"offset", "header"}},
      {"index gone",
       [](auto&, auto& is) { is.destination = {}; },
       {"not there", "uuid-a", kRaise, kFromEnd, "execute-snapshot"},
       Rebuild::kNot},
      {"index made again",
       [](auto&, auto& is) { is.destination.uuid = "uuid-b"; },
       {"uuid-b", "uuid-a", kRaise},
       Rebuild::kByCommand},
      {"restored",
       [](auto&, auto& is) { is.destination.history_uuid = "h-2"; },
       {"h-2", "none", kRaise},
       Rebuild::kByCommand},
      {"a stale copy",
       [](auto&, auto& is) { is.destination.primaries = {"0:h-b"}; },
       {"0:h-b", "0:h-a", kRaise},
       Rebuild::kByCommand},
      {"log shorter",
       [](auto&, auto& is) { is.stream.partitions[0].end = 7; },
       {"offset 7", "100", kRaise}},
      {"records gone",
       [](auto&, auto& is) { is.stream.partitions[1].beginning = 45; },
       {"45", "40", kRaise}},
      {"group gone",
       [](auto&, auto& is) {
         for (auto& at : is.stream.partitions) at.committed = -1;
       },
       {"no committed offset", "group sluice", "accept cdc.users"}},
      {"start gone",
       [](auto&, auto& is) { is.stream.partitions[1] = {10, 50, -1}; },
       {"begins at 10", "the incarnation at 0", kRaise}},
      {"before the start",
       [](auto& was, auto&) { was.starts = {0, 41}; },
       {"offset 40", "offset 41"}},
  };
  for (const Case& test : cases) {
    ControlRecord record = Recorded();
    ControlSight seen = Sight();
    test.change(record, seen);
    const ControlDecision decision = DecideControl(record, seen);
    ASSERT_EQ(decision.kind, Kind::kHalt) << test.name;
    EXPECT_EQ(decision.failure.verdict.disposition, Disposition::kHalt);
    EXPECT_EQ(decision.failure.verdict.reason, FailureReason::kControlMismatch);
    // By the command, where the topic is the one that the versions are made of.
    const bool by_command =
        decision.failure.detail.find("rebuild: `sluice rebuild cdc.users`") != std::string::npos;
    const bool by_hand =
        decision.failure.detail.find("rebuild: DELETE /cdc.users-000001") != std::string::npos;
    EXPECT_EQ(by_command, test.rebuild == Rebuild::kByCommand) << decision.failure.detail;
    EXPECT_EQ(by_hand, test.rebuild == Rebuild::kByHand) << decision.failure.detail;
    for (const char* word : test.words)
      EXPECT_NE(decision.failure.detail.find(word), std::string::npos)
          << test.name << " does not say " << word << ": " << decision.failure.detail;
  }
}

TEST(ControlDecision, WhatIsNotKnownIsNoMismatch) {
  ControlRecord record = Recorded();
  record.cluster_id.clear();
  record.topic_id.clear();
  const ControlDecision decision = DecideControl(record, Sight());
  EXPECT_EQ(decision.kind, Kind::kReplace) << "it is recorded now";
  EXPECT_EQ(decision.record.topic_id, "id-a");
  EXPECT_EQ(decision.record.cluster_id, "cluster-a");
  ControlSight old_broker = Sight();
  old_broker.stream.topic_id.clear();
  EXPECT_EQ(DecideControl(Recorded(), old_broker).kind, Kind::kProceed);
}

TEST(ControlDecision, AnEmptyPartitionNeedsNoCommit) {
  ControlSight seen = Sight();
  seen.stream.partitions[1] = {0, 0, -1};
  EXPECT_EQ(DecideControl(Recorded(), seen).kind, Kind::kProceed);
}

TEST(ControlDecision, AnUnwrittenIndexMayHaveNoCommit) {
  ControlSight seen = Sight();
  for (auto& at : seen.stream.partitions) at.committed = -1;
  seen.destination.operations = 0;
  EXPECT_EQ(DecideControl(Recorded(), seen).kind, Kind::kProceed) << "the first start crashed";
  ControlRecord over_old_documents = Recorded();
  over_old_documents.destination.operations = seen.destination.operations = 500;
  EXPECT_EQ(DecideControl(over_old_documents, seen).kind, Kind::kProceed);
}

TEST(ControlDecision, RecordsAFirstStart) {
  ControlSight seen = Sight();
  seen.destination.operations = 0;
  seen.stream.partitions = {{7, 100, -1}, {0, 0, -1}};
  const ControlDecision decision = DecideControl(std::nullopt, seen);
  ASSERT_EQ(decision.kind, Kind::kCreate);
  EXPECT_EQ(decision.record.incarnation, 1);
  EXPECT_EQ(decision.record.starts, (std::vector<int64_t>{7, 0}));
  EXPECT_EQ(decision.record.partitions, 2);
  EXPECT_EQ(decision.record.key_encoding, kKeyUnknown);
  EXPECT_TRUE(decision.remark.empty());
}

TEST(ControlDecision, AnOldGroupNeedsAnIndexThatWasWritten) {
  const ControlDecision adopted = DecideControl(std::nullopt, Sight());
  EXPECT_EQ(adopted.kind, Kind::kCreate);
  EXPECT_NE(adopted.remark, "");
  ControlSight seen = Sight();
  seen.destination.operations = 0;
  const ControlDecision refused = DecideControl(std::nullopt, seen);
  ASSERT_EQ(refused.kind, Kind::kHalt);
  EXPECT_NE(refused.failure.detail.find("never written"), std::string::npos);
}

TEST(ControlDecision, EncodingsOfKeysAreTold) {
  const KeyEncoding schema = KeyWithSchema(R"({"type":"struct"})");
  EXPECT_NE(schema, KeyWithSchema(R"({"type":"struct","optional":false})"));
  for (const KeyEncoding encoding : {kKeyUnknown, kKeyJson, kKeyText, schema})
    EXPECT_EQ(ParseKeyEncoding(KeyEncodingText(encoding)), encoding);
  EXPECT_FALSE(ParseKeyEncoding("avro"));
  EXPECT_FALSE(ParseKeyEncoding("schema:12"));
  const Failure halt = KeyEncodingHalt(Recorded(), schema);
  EXPECT_NE(halt.detail.find("recorded was json"), std::string::npos);
  EXPECT_NE(halt.detail.find(KeyEncodingText(schema)), std::string::npos);
}

// ---- What operators change ---------------------------------------------------------------------

TEST(ControlDecision, AcceptTakesWhatIsSeen) {
  ControlSight seen = Sight();
  seen.stream.topic_id = "id-b";
  seen.destination.uuid = "uuid-b";
  const auto change = AcceptSeen(Recorded(), seen);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->record.incarnation, 3);
  EXPECT_EQ(change->record.starts, (std::vector<int64_t>{0, 0}));
  EXPECT_FALSE(change->moves_offsets());
  EXPECT_EQ(DecideControl(change->record, seen).kind, Kind::kProceed);
}

// After a halt for a document's version there is nothing that could be accepted.
TEST(ControlDecision, AcceptSaysWhereItChangesNothingThatHalts) {
  const auto note = [](const ControlSight& seen) {
    const auto change = AcceptSeen(Recorded(), seen);
    return change && !change->notes.empty() ? change->notes.front() : std::string();
  };
  ControlSight seen = Sight();
  EXPECT_NE(note(seen).find("keeps that version: `sluice rebuild " + seen.index + "` or"),
            std::string::npos)
      << note(seen);
  EXPECT_NE(note(seen).find("new-incarnation"), std::string::npos) << note(seen);
  seen.stream.topic_id = "id-b";
  EXPECT_EQ(note(seen), "") << "this was a reason";
}

TEST(ControlDecision, AcceptGivesAGroupItsStart) {
  ControlSight seen = Sight();
  seen.stream.partitions = {{0, 100, -1}, {10, 50, -1}};
  const auto change = AcceptSeen(Recorded(), seen);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->offsets[0], 0);
  EXPECT_EQ(change->offsets[1], 10);
  EXPECT_EQ(change->record.starts, (std::vector<int64_t>{0, 10}));
}

TEST(ControlDecision, AcceptRefusesALogThatIsTooShort) {
  ControlSight seen = Sight();
  seen.stream.partitions[0].end = 7;
  const auto change = AcceptSeen(Recorded(), seen);
  ASSERT_FALSE(change);
  EXPECT_NE(change.error().cure.find("new-incarnation"), std::string::npos);
}

// What the group has read would never come into the index that a start makes.
TEST(ControlDecision, AcceptRefusesAnIndexThatIsGone) {
  ControlSight seen = Sight();
  seen.destination = {};
  seen.stream.partitions = {{0, 100, 5}, {0, 50, -1}};
  const auto change = AcceptSeen(Recorded(), seen);
  ASSERT_FALSE(change);
  EXPECT_NE(change.error().cure.find("new-incarnation"), std::string::npos);
  seen.stream.partitions = {{0, 100, -1}, {0, 50, -1}};
  EXPECT_TRUE(AcceptSeen(Recorded(), seen)) << "nothing was read";
}

TEST(ControlDecision, ANewIncarnationReadsFromItsStart) {
  const auto from_beginning = RaiseIncarnation(Recorded(), Sight(), IncarnationStart::kStart);
  ASSERT_TRUE(from_beginning);
  EXPECT_EQ(from_beginning->record.incarnation, 4);
  EXPECT_EQ(from_beginning->offsets[0], 0);
  EXPECT_EQ(from_beginning->record.key_encoding, kKeyUnknown);
  ControlRecord later = Recorded();
  later.starts = {30, 40};
  EXPECT_EQ(RaiseIncarnation(later, Sight(), IncarnationStart::kStart)->record.starts, later.starts)
      << "before that, keys may have been in other partitions";
  ControlSight made_again = Sight();
  made_again.stream.topic_id = "id-b";
  EXPECT_EQ(RaiseIncarnation(later, made_again, IncarnationStart::kStart)->record.starts,
            (std::vector<int64_t>{0, 0}));
  const auto from_end = RaiseIncarnation(Recorded(), Sight(), IncarnationStart::kEnd);
  ASSERT_TRUE(from_end);
  EXPECT_EQ(from_end->record.starts, (std::vector<int64_t>{100, 50}));
  EXPECT_EQ(from_end->offsets[1], 50);
  EXPECT_EQ(RaiseIncarnation(std::nullopt, Sight(), IncarnationStart::kEnd)->record.incarnation, 2);
  ControlRecord last = Recorded();
  last.incarnation = kIncarnationMax;
  EXPECT_FALSE(RaiseIncarnation(last, Sight(), IncarnationStart::kStart));
}

TEST(ControlDecision, AnIncarnationOfAnIndexToComeTakesItAsItIs) {
  ControlSight seen = Sight();
  seen.destination = {};
  const auto change = RaiseIncarnation(Recorded(), seen, IncarnationStart::kStart);
  ASSERT_TRUE(change);
  const ControlDecision decision = DecideControl(change->record, Sight());
  ASSERT_EQ(decision.kind, Kind::kReplace);
  EXPECT_EQ(decision.record.destination.uuid, "uuid-a");
}

TEST(ControlDecision, ASnapshotInMidTopicHaltsUnlessItIsKnown) {
  ControlRecord record = Recorded();
  record.starts = {10, 0};
  record.snapshots_known = {50};
  EXPECT_FALSE(SnapshotHalt(record, 0, Offset{10})) << "nothing was told before";
  EXPECT_FALSE(SnapshotHalt(record, 0, Offset{49}));
  EXPECT_FALSE(SnapshotHalt(record, 1, Offset{0}));
  EXPECT_TRUE(SnapshotHalt(record, 1, Offset{1})) << "nothing is known of this partition";
  const auto halt = SnapshotHalt(record, 0, Offset{50});
  ASSERT_TRUE(halt);
  EXPECT_EQ(halt->verdict.disposition, Disposition::kHalt);
  for (const char* words :
       {"cdc.Users", "partition 0", "offset 50", "`sluice control accept cdc.users`",
        "sluice verify --repair", "DELETE /cdc.users-000001", "--from end"})
    EXPECT_NE(halt->detail.find(words), std::string::npos) << words;
}

TEST(ControlDecision, WhatIsAcceptedOrMadeAnewKnowsTheSnapshotsThatAreThere) {
  const std::vector<int64_t> ends = {100, 50};
  ControlSight first = Sight();
  EXPECT_EQ(DecideControl(std::nullopt, first).record.snapshots_known, ends);
  EXPECT_EQ(AcceptSeen(Recorded(), Sight())->record.snapshots_known, ends);
  EXPECT_EQ(RaiseIncarnation(Recorded(), Sight(), IncarnationStart::kStart)->record.snapshots_known,
            ends);
  ControlRecord recorded = Recorded();
  recorded.snapshots_known = {7, 7};
  EXPECT_EQ(DecideControl(recorded, Sight()).record.snapshots_known, recorded.snapshots_known);
}

}  // namespace
}  // namespace sluice
