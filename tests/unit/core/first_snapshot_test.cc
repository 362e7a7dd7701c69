#include "core/operations/source/first_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using Entry = IncrementalProgress::Entry;
using Snapshot = SourcePosition::Snapshot;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Entry First(const char* name, const char* condition = "") {
  return {"public", name, {"id"}, condition, true};
}
Entry Asked(const char* name) {
  return {"public", name, {"id"}, "", false};
}

SourcePosition Unfinished(std::vector<Entry> tables, std::vector<std::string> done = {}) {
  SourcePosition position;
  position.snapshot = Snapshot::kRunning;
  position.snapshot_tables = std::move(done);
  position.incremental.tables = std::move(tables);
  position.incremental.last_key = {"7"};
  position.incremental.end_key = {"9"};
  return position;
}

TEST(RestOfSnapshot, IsWhatIsNotDone) {
  const SourcePosition recorded = Unfinished({}, {"public.a"});
  const IncrementalProgress rest = RestOfSnapshot(recorded, {First("a"), First("b"), First("c")});
  EXPECT_THAT(rest.tables, ElementsAre(First("b"), First("c")));
  EXPECT_THAT(rest.last_key, IsEmpty()) << "of a table that is not the front one";
}

TEST(RestOfSnapshot, GoesOnBehindTheLastKey) {
  const SourcePosition recorded = Unfinished({First("b"), First("a")});
  const IncrementalProgress rest = RestOfSnapshot(recorded, {First("a"), First("b")});
  EXPECT_THAT(rest.tables, ElementsAre(First("b"), First("a")));
  EXPECT_THAT(rest.last_key, ElementsAre("7"));
  EXPECT_THAT(rest.end_key, ElementsAre("9"));
}

TEST(RestOfSnapshot, BeginsATableAnewThatIsConfiguredAnotherWay) {
  const SourcePosition recorded = Unfinished({First("a", "id > 3 ORDER BY 1")});
  const IncrementalProgress rest = RestOfSnapshot(recorded, {First("a", "id > 3")});
  EXPECT_THAT(rest.tables, ElementsAre(First("a", "id > 3")));
  EXPECT_THAT(rest.last_key, IsEmpty());
  EXPECT_THAT(rest.end_key, IsEmpty());
}

TEST(RestOfSnapshot, LeavesOutTablesThatAreNotCapturedAnyMore) {
  const SourcePosition recorded = Unfinished({First("gone"), First("a"), Asked("b")});
  EXPECT_THAT(RestOfSnapshot(recorded, {First("a")}).tables, ElementsAre(First("a"), Asked("b")));
}

TEST(RestOfSnapshot, StandsBeforeWhatWasAskedFor) {
  const SourcePosition recorded = Unfinished({Asked("a"), Asked("b")});
  const IncrementalProgress rest = RestOfSnapshot(recorded, {First("a")});
  EXPECT_THAT(rest.tables, ElementsAre(First("a"), Asked("a"), Asked("b")));
  EXPECT_THAT(rest.last_key, IsEmpty()) << "it was of the table that was asked for";
  EXPECT_THAT(RestOfSnapshot(recorded, {}).last_key, ElementsAre("7"));
}

TEST(RecordProgress, TheSnapshotIsDoneWithItsLastTable) {
  SourcePosition position = Unfinished({First("b"), First("c"), Asked("d")}, {"public.a"});
  IncrementalProgress now = position.incremental;
  now.tables.erase(now.tables.begin());
  RecordProgress(position, now);
  EXPECT_EQ(position.snapshot, Snapshot::kRunning);
  EXPECT_THAT(position.snapshot_tables, ElementsAre("public.a", "public.b"));
  now.tables.erase(now.tables.begin());
  RecordProgress(position, now);
  EXPECT_EQ(position.snapshot, Snapshot::kDone);
  EXPECT_THAT(position.snapshot_tables, IsEmpty());
  EXPECT_THAT(position.incremental.tables, ElementsAre(Asked("d")));
}

TEST(RecordProgress, WhatWasAskedForSaysNothingOfTheSnapshot) {
  SourcePosition position = Unfinished({Asked("b")}, {"public.a"});
  RecordProgress(position, {});
  EXPECT_EQ(position.snapshot, Snapshot::kRunning);
  EXPECT_THAT(position.snapshot_tables, ElementsAre("public.a"));
}

}  // namespace
}  // namespace sluice
