#include "service/letters/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service_letters/letters_world.h"

namespace sluice::letters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The same world, asked otherwise.
class ExplainWorld : public ExplainSides {
 public:
  Result<Stored> Get(const std::string& index, const std::string& id) override {
    const auto found = world.Get(index, id);
    return Stored{found->document.has_value(), found->version};
  }
  Result<History> Look(const std::string& index) override {
    auto history = world.Look(index);
    return History{(*history)->recorded, (*history)->seen};
  }
  Result<std::optional<Divergence>> Divergent(const std::string& index,
                                              const std::string& id) override {
    return world.Divergent(index, id);
  }
  Status Read(const kafka::ReadRequest& request,
              const std::function<bool(const OwnedRecord&)>& take) override {
    bool more = true;
    const int64_t from =
        request.range.from == kafka::ReadRange::From::kOffset ? request.range.value : 0;
    return world.Scan({kTopic, 0}, Offset{from},
                      [&](const OwnedRecord& record) { more = more && take(record); });
  }
  Status Letters(const std::function<void(kafka::StoredLetter)>& take) override {
    for (const kafka::StoredLetter& letter : letters) take(letter);
    return {};
  }
  Explanation Ask(const std::string& id, ExplainOptions options = {}) {
    return *Explain(kTopic, id, options, *this, world.planner);
  }

  explicit ExplainWorld(const PipelineSettings& settings = {}) : world(settings) {}

  LettersWorld world;
  std::vector<kafka::StoredLetter> letters;
};

TEST(Explain, TellsTheRecordAndWhatStandsAroundIt) {
  ExplainWorld sides;
  for (const char* v : {"1", "2", "3", "4"})
    sides.world.Append(7, "{\"id\":7,\"v\":\"" + std::string(v) + "\"}");
  sides.world.Append(8, R"({"id":8})");
  sides.letters = {sides.world.LetterOf(2)};
  sides.world.documents["7"] = {OffsetVersion(1, Offset{1}), "{}"};
  const Explanation found = sides.Ask("7");
  EXPECT_EQ(found.offset, 1);
  ASSERT_TRUE(found.written);
  EXPECT_EQ(found.written->offset, Offset{1});
  ASSERT_EQ(found.events.size(), 4U);
  EXPECT_EQ(found.events[0].superseded_by, 1);
  EXPECT_EQ(found.events[1].superseded_by, 3) << "a dead letter supersedes nothing";
  EXPECT_TRUE(found.events[2].refused());
  const std::string text = RenderExplanation(found);
  EXPECT_THAT(text, HasSubstr("incarnation 1, offset 1\n"));
  EXPECT_THAT(text, HasSubstr("t/0:0  update"));
  EXPECT_THAT(text, HasSubstr("superseded by offset 1"));
  EXPECT_THAT(text, HasSubstr("this is the document"));
  EXPECT_THAT(text, HasSubstr("refused: it is a dead letter; superseded by offset 3"));
  EXPECT_THAT(text, HasSubstr("not in the index"));
}

TEST(Explain, TellsADocumentOfAReplayedLetter) {
  ExplainWorld sides;
  sides.world.Append(7, R"({"id":7,"v":"1"})");
  sides.world.Append(7, R"({"id":7,"v":"2"})");
  sides.letters = {sides.world.LetterOf(1)};
  sides.world.documents["7"] = {OffsetVersion(1, Offset{0}), "{}"};
  EXPECT_EQ(sides.Ask("7").events[0].superseded_by, -1) << "refused, and not written yet";

  EXPECT_THAT(sides.world.Replay(sides.letters), ::testing::ElementsAre("7 written"));
  const Explanation found = sides.Ask("7");
  ASSERT_TRUE(found.written);
  EXPECT_EQ(found.written->offset, Offset{1});
  EXPECT_TRUE(found.events[1].replayed);
  EXPECT_EQ(found.events[0].superseded_by, 1);
  const std::string text = RenderExplanation(found);
  EXPECT_THAT(text, HasSubstr("by the replay of its dead letter letters/0:0"));
  EXPECT_THAT(text, Not(HasSubstr("it is a dead letter"))) << "it is none any more";
  const std::string json = RenderExplanationJson(found);
  EXPECT_THAT(json, HasSubstr(R"("stand":"replayed","dead_letter":"letters/0:0")"));
}

// A new incarnation reads the record again; a letter of the former one is not what wrote it.
TEST(Explain, ALetterOfAnotherIncarnationDoesNotSpeakOfTheDocument) {
  ExplainWorld sides;
  sides.world.Append(7, R"({"id":7})");
  sides.letters = {sides.world.LetterOf(0, 1)};
  sides.world.incarnation = 2;
  sides.world.documents["7"] = {OffsetVersion(2, Offset{0}), "{}"};
  const Explanation found = sides.Ask("7");
  ASSERT_EQ(found.events.size(), 1U);
  EXPECT_FALSE(found.events[0].refused());
  EXPECT_FALSE(found.events[0].replayed);
  EXPECT_THAT(RenderExplanation(found), HasSubstr("  this is the document\n"));
}

TEST(Explain, ListsTheNewestRecordsAndCountsTheRest) {
  ExplainWorld sides;
  for (int i = 0; i < 30; ++i) sides.world.Append(7, R"({"id":7})");
  ExplainOptions options;
  options.limit = 5;
  const Explanation found = sides.Ask("7", options);
  EXPECT_FALSE(found.exists);
  EXPECT_EQ(found.events.size(), 5U);
  EXPECT_EQ(found.events.back().offset, Offset{29});
  EXPECT_EQ(found.more, 25U);
}

TEST(Explain, OfHeaderModeTellsCommitsAndWhatWasPassedOver) {
  PipelineSettings settings;
  settings.version_mode = VersionMode::kHeader;
  settings.truncate_mode = TruncateMode::kApply;
  ExplainWorld sides(settings);
  sides.world.Append(7, R"({"id":7,"v":"1"})", "1;2049;5");
  sides.world.AppendTruncate("1;4096;5");
  sides.world.Append(7, R"({"id":7,"v":"2"})", "1;8193;6");
  sides.world.Append(7, R"({"id":7,"v":"1"})", "1;2049;5");
  sides.world.documents["7"] = {8193, "{}"};
  Explanation found = sides.Ask("7");
  EXPECT_THAT(RenderExplanation(found), HasSubstr("version 8193: commit 0/40, rank 1\n"));
  EXPECT_TRUE(found.events.empty()) << "the log is not searched without --since";
  ExplainOptions options;
  options.since.emplace();
  found = sides.Ask("7", options);
  ASSERT_TRUE(found.written);
  EXPECT_EQ(found.written->offset, Offset{2});
  ASSERT_EQ(found.events.size(), 4U);
  EXPECT_EQ(found.events[0].superseded_by, 1);
  EXPECT_EQ(found.events[1].action, inspect::PlannedWrite::Action::kTruncate);
  EXPECT_EQ(found.events[2].superseded_by, -1) << "one of an older run supersedes nothing";
  EXPECT_TRUE(found.events[3].stale);
  EXPECT_THAT(RenderExplanation(found), HasSubstr("passed over: a newer run of the source"));
}

TEST(Explain, SaysThatADocumentIsDeletedOrOfAnotherIncarnation) {
  ExplainWorld sides;
  sides.world.Append(7, R"({"id":7})");
  sides.world.Append(7, "");
  EXPECT_THAT(RenderExplanation(sides.Ask("7")), HasSubstr("the document is deleted"));
  sides.world.documents["7"] = {OffsetVersion(3, Offset{1}), "{}"};
  const Explanation found = sides.Ask("7");
  EXPECT_FALSE(found.written);
  EXPECT_THAT(RenderExplanation(found), HasSubstr("the version is of incarnation 3"));
}

}  // namespace
}  // namespace sluice::letters
