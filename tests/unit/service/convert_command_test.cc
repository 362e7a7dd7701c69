#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "service/commands/command.h"

namespace sluice::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Answer {
  ExitCode code;
  std::string out;
  std::string err;
};

Answer RunSluice(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = RunCommandLine(arguments, out, err);
  return {code, out.str(), err.str()};
}

std::string Shipped() {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  return std::string(root == nullptr ? "." : root) + "/configs/debezium-postgres-connector.json";
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class ConvertCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    setenv("SLUICE_DATABASE_PASSWORD", "not-shown", 1);
    setenv("SLUICE_KAFKA_BROKERS", "127.0.0.1:9092", 1);
  }
  void TearDown() override {
    unsetenv("SLUICE_DATABASE_PASSWORD");
    unsetenv("SLUICE_KAFKA_BROKERS");
    std::filesystem::remove_all(folder_);
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }
  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  const std::string folder_ = ::testing::TempDir() + "sluice-convert-" + std::to_string(getpid());
};

TEST_F(ConvertCommandTest, WhatItWritesIsAValidConfiguration) {
  const Answer answer =
      RunSluice({"convert", Shipped(), "-o", Path("s.yaml"), "-r", Path("report.md")});
  EXPECT_EQ(answer.code, ExitCode::kDone) << answer.err;
  EXPECT_THAT(answer.out, IsEmpty());
  EXPECT_THAT(answer.err, IsEmpty());
  EXPECT_THAT(ReadText(Path("report.md")), StartsWith("# sluice-postgres ("));
  const Answer valid = RunSluice({"validate", "--for", "capture", Path("s.yaml")});
  EXPECT_EQ(valid.code, ExitCode::kDone) << valid.out;
  EXPECT_THAT(valid.out, HasSubstr("s.yaml: valid\n"));
}

TEST_F(ConvertCommandTest, AnswersOnStandardOutputAndReportsOnStandardError) {
  const Answer answer = RunSluice({"convert", Shipped(), "--brokers", "a:1,b:2"});
  EXPECT_EQ(answer.code, ExitCode::kDone);
  EXPECT_THAT(answer.out, AllOf(HasSubstr("kafka.brokers: ['a:1', 'b:2']\n"),
                                HasSubstr("topic.prefix: cdc\n"), Not(HasSubstr("| "))));
  EXPECT_THAT(answer.err, HasSubstr("| Setting | Value | Result | Option | Why |"));
  const Answer json = RunSluice({"convert", "--json", Shipped()});
  EXPECT_THAT(json.out, StartsWith("{\"schema\":\"sluice.convert/1\",\"files\":[{\"file\":"));
}

TEST_F(ConvertCommandTest, AChangeOfBehaviourIsANoUnlessItWasAskedFor) {
  const std::string file = Write("c.json", R"({"database.hostname":"h","database.user":"u",
      "database.dbname":"d","topic.prefix":"p","plugin.name":"wal2json"})");
  const Answer no = RunSluice({"convert", file, "-o", Path("c.yaml")});
  EXPECT_EQ(no.code, ExitCode::kNo);
  EXPECT_THAT(no.err, AllOf(HasSubstr("**changes behaviour**"), HasSubstr("--bypass-errors")));
  EXPECT_THAT(ReadText(Path("c.yaml")), HasSubstr("topic.prefix: p\n")) << "written nevertheless";
  EXPECT_EQ(RunSluice({"convert", file, "-o", Path("c.yaml"), "--bypass-errors"}).code,
            ExitCode::kDone);
}

TEST_F(ConvertCommandTest, SeveralConnectorsGoToAFolder) {
  const std::string second = Write("second.json", ReadText(Shipped()));
  EXPECT_EQ(RunSluice({"convert", Shipped(), second}).code, ExitCode::kUsage);
  EXPECT_EQ(RunSluice({"convert", Shipped(), second, "-o", Path("")}).code, ExitCode::kDone);
  EXPECT_TRUE(std::filesystem::exists(Path("second.yaml")));
  EXPECT_TRUE(std::filesystem::exists(Path("debezium-postgres-connector.yaml")));
}

TEST_F(ConvertCommandTest, FilesThatAreNoConnectorAreUsageErrors) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {Path("none.json"), "cannot be read"},
      {Write("text.json", "hello"), "not JSON"},
      {Write("list.json", "[1]"), "expected a JSON object"},
      {Write("other.json", "{\"a\":\"b\"}"), "this is no connector"},
      {Write("sink.json", "{\"connector.class\":\"x.ElasticsearchSinkConnector\"}"),
       "ElasticsearchSinkConnector, expected io.debezium.connector.postgresql"},
  };
  for (const auto& [file, expected] : cases) {
    const Answer answer = RunSluice({"convert", file});
    EXPECT_EQ(answer.code, ExitCode::kUsage) << file;
    EXPECT_THAT(answer.err, HasSubstr(expected));
    EXPECT_THAT(answer.out, IsEmpty());
  }
  EXPECT_EQ(RunSluice({"convert"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunSluice({"convert", Shipped(), "-o", "/no/such/folder/f"}).code, ExitCode::kFailed);
}

}  // namespace
}  // namespace sluice::service
