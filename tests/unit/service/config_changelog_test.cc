#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/config/changelog_rules.h"
#include "service/config/loader.h"

namespace sluice::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGood =
    "changelog:\n"
    "  topics: [bank.bank.holding]\n"
    "  fields: [holding_stock, holding_quantity]\n"
    "  columns: ['id:column', 'row_updated:column:datatime_updated', 'what:field', 'was:old', "
    "'is:new']\n"
    "  file.directory: /tmp/x\n";

LoadedConfig LoadText(const std::string& text) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text = "kafka.brokers: ['127.0.0.1:9092']\n" + text;
  return Load(sources);
}

std::vector<std::string> ProblemsOf(const std::string& text) {
  std::vector<std::string> texts;
  for (const Problem& problem : LoadText(text).problems) texts.push_back(problem.ToString());
  return texts;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ChangelogConfig, AloneIsASideOfItsOwnThatNeedsNeitherIndexNorDatabase) {
  const LoadedConfig loaded = LoadText(kGood);
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.sides, Sides::kChangelog);
  EXPECT_TRUE(WantsChangelog(loaded.config));
  EXPECT_EQ(loaded.config.changelog_name, "changelog");
  EXPECT_EQ(loaded.config.changelog_file_format, "csv");
  EXPECT_FALSE(loaded.config.changelog_unchanged);
}

TEST(ChangelogConfig, SaysWhatRowsAreMadeOf) {
  const auto spec = ChangelogSpecOf(LoadText(kGood).config);
  ASSERT_TRUE(spec);
  EXPECT_THAT(spec->fields, ElementsAre("holding_stock", "holding_quantity"));
  ASSERT_EQ(spec->columns.size(), 5U);
  EXPECT_EQ(spec->columns[0].column, "id");
  EXPECT_EQ(spec->columns[1].name, "row_updated");
  EXPECT_EQ(spec->columns[1].column, "datatime_updated");
  EXPECT_EQ(spec->columns[3].part, RowPart::kOld);
  EXPECT_EQ(spec->identity, RowIdentity::kOffset);
}

TEST(ChangelogConfig, EachMistakeIsNamedWithItsPlace) {
  const auto with = [](const std::string& from, const std::string& to) {
    return ProblemsOf(Replaced(kGood, from, to));
  };
  EXPECT_THAT(with("'what:field'", "'what:feld'"),
              ElementsAre(HasSubstr("changelog.columns: got \"what:feld\", expected NAME:PART")));
  EXPECT_THAT(with("'what:field'", "what"), ElementsAre(HasSubstr("got \"what\"")));
  EXPECT_THAT(with("'what:field'", "what, 'that:column:'"),
              ElementsAre(HasSubstr("got \"what\", \"that:column:\", expected")));
  EXPECT_THAT(with("'what:field'", "'id:field'"), ElementsAre(HasSubstr("id is there twice")));
  EXPECT_THAT(with("holding_quantity", "holding_stock"),
              ElementsAre(HasSubstr("holding_stock is there twice")));
  EXPECT_THAT(with("topics: [bank.bank.holding]", "topics.regex: 'a('"),
              ElementsAre(HasSubstr("changelog.topics.regex: got \"a(\"")));
  EXPECT_THAT(with("topics: [bank.bank.holding]", "name: x"),
              ElementsAre(HasSubstr("changelog.topics: required")));
  EXPECT_THAT(with("topics: [bank.bank.holding]", "topics: [t]\n  name: ../x"),
              ElementsAre(HasSubstr("changelog.name: got \"../x\"")));
  EXPECT_THAT(with("file.directory: /tmp/x", "unchanged: true"),
              ElementsAre(HasSubstr("changelog.topic: required")));
  EXPECT_THAT(with("file.directory: /tmp/x", "topic: bank.bank.holding"),
              ElementsAre(HasSubstr("each row would be read as a change")));
  EXPECT_THAT(with("fields: [holding_stock, holding_quantity]", "unchanged: true"),
              ElementsAre(HasSubstr("changelog.fields: required")));
}

TEST(ChangelogConfig, BesideAnIndexItsTopicHoldsDocumentsByKey) {
  const std::string index =
      "kafka.topics: [bank.changes.holding]\n"
      "elasticsearch.urls: ['http://127.0.0.1:9200']\n" +
      Replaced(kGood, "file.directory: /tmp/x", "topic: bank.changes.holding");
  const std::string documents = R"(event.documents.topics.regex: 'bank\.changes\..*')"
                                "\n";
  EXPECT_THAT(ProblemsOf(index), ElementsAre(HasSubstr("event.documents.topics.regex: does not "
                                                       "match bank.changes.holding")));
  EXPECT_THAT(ProblemsOf(index + documents), IsEmpty());
  EXPECT_THAT(ProblemsOf(index + documents + "event.documents.id: position\n"),
              ElementsAre(HasSubstr("event.documents.id: got position, expected key")));
}

}  // namespace
}  // namespace sluice::config
