#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "service/commands/adapter_checks.h"
#include "service/commands/colour.h"
#include "service/commands/command.h"
#include "tests/unit/service/telemetry_samples.h"

namespace sluice::service {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
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

std::string InTree(const std::string& path) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  return std::string(root == nullptr ? "." : root) + "/" + path;
}

std::string Example() {
  return InTree("configs/index.example.yaml");
}

TEST(CommandLine, VersionAndHelpAreAnswers) {
  const Answer version = RunSluice({"--version"});
  EXPECT_EQ(version.code, ExitCode::kDone);
  EXPECT_THAT(version.out, AllOf(StartsWith("sluice "), HasSubstr("librdkafka 2.")));
  EXPECT_THAT(version.err, IsEmpty());
  const Answer help = RunSluice({"--help"});
  EXPECT_EQ(help.code, ExitCode::kDone);
  EXPECT_THAT(help.out, AllOf(StartsWith("Example: sluice index -c "), HasSubstr("Exit codes:")));
}

TEST(CommandLine, AnAnswerThatCannotBeWrittenIsAFailure) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--version"},
                                                    {"--help"},
                                                    {"config", "docs"},
                                                    {"validate", Example()}}) {
    std::ofstream full("/dev/full");
    std::ostringstream err;
    EXPECT_EQ(RunCommandLine(arguments, full, err), ExitCode::kFailed) << arguments[0];
    EXPECT_THAT(err.str(), HasSubstr("could not be written")) << arguments[0];
  }
}

TEST(CommandLine, TheHelpOfEveryCommandBeginsWithAnExample) {
  const std::string help = RunSluice({"--help"}).out;
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  std::string line;
  std::getline(lines, line);
  int verbs = 0;
  while (std::getline(lines, line) && line.starts_with("  ")) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    const Answer answer = RunSluice({verb, "--help"});
    EXPECT_EQ(answer.code, ExitCode::kDone) << verb;
    EXPECT_THAT(answer.out, StartsWith("Example: sluice " + verb)) << verb;
    ++verbs;
  }
  EXPECT_GE(verbs, 3);
}

TEST(CommandLine, UsageErrorsExitWith2AndNameTheNearest) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "a command is missing"},
      {{"config"}, "a command is missing"},
      {{"validat"}, "there is no command \"validat\"; did you mean validate?"},
      {{"config", "shwo"}, "there is no command \"shwo\"; did you mean show?"},
      {{"nothing-like-it"}, "there is no command \"nothing-like-it\"\n"},
      {{"config", "show", "--origni"}, "there is no flag --origni; did you mean --origin?"},
      {{"validate", "--jsno"}, "did you mean --json?"},
      {{"config", "docs", "extra"}, "unexpected argument \"extra\""},
      {{"--set"}, "--set"},
      {{"-v", "-q", "config", "docs"}, "-q"},
      {{"-v", "--log-level", "debug", "config", "docs"}, "-v"},
      {{"inspect", "t", "-f", "-e"}, "excludes"},
      {{"inspect", "t", "-g", "g", "-o", "end"}, "excludes"},
      {{"inspect", "t", "--mode", "failover"}, "requires"},
      {{"inspect", "t", "-g", "g", "--mode", "alone"}, "alone"},
      {{"demo", "ticker", "--partitions", "0"}, "--partitions"},
      {{"--env-file", "/no/such/file", "config", "docs"}, "/no/such/file cannot be read"},
      {{"--color", "sometimes", "config", "docs"}, "--color"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Answer answer = RunSluice(arguments);
    EXPECT_EQ(answer.code, ExitCode::kUsage) << expected;
    EXPECT_THAT(answer.err, HasSubstr(expected));
    EXPECT_THAT(answer.err, HasSubstr("--help`."));
    EXPECT_THAT(answer.out, IsEmpty()) << expected;
  }
}

TEST(CommandLine, ValidateAnswersOnStandardOutput) {
  const Answer good = RunSluice({"validate", Example()});
  EXPECT_EQ(good.code, ExitCode::kDone);
  EXPECT_THAT(good.out, HasSubstr("index.example.yaml: valid\n"));

  const Answer bad =
      RunSluice({"validate", Example(), "--set", "bulk.linger=1", "--set", "nothing=1"});
  EXPECT_EQ(bad.code, ExitCode::kUsage);
  EXPECT_THAT(bad.out, HasSubstr("flag --set: bulk.linger: got \"1\", expected a duration"));
  EXPECT_THAT(bad.out, HasSubstr("flag --set: nothing: there is no such option"));

  EXPECT_EQ(RunSluice({"validate", "--for", "index", Example()}).code, ExitCode::kDone);
  const Answer other = RunSluice({"validate", "--for", "run", Example()});
  EXPECT_EQ(other.code, ExitCode::kUsage);
  EXPECT_THAT(other.out, HasSubstr("database.hostname: required"));

  const Answer json = RunSluice({"validate", "--json", Example()});
  EXPECT_EQ(json.code, ExitCode::kDone);
  EXPECT_THAT(json.out, StartsWith("{\"schema\":\"sluice.validate/1\",\"files\":[{\"file\":"));
  EXPECT_THAT(json.out, HasSubstr("\"valid\":true"));
}

TEST(CommandLine, EveryConfigurationThatIsShippedIsValid) {
  for (const char* path : {"configs/quickstart.yaml", "configs/outbox.yaml", "configs/holding.yaml",
                           "configs/ticker.yaml", "configs/capture.example.yaml",
                           "configs/changelog.example.yaml", "docker/sluice.yaml"}) {
    const Answer answer = RunSluice({"validate", InTree(path)});
    EXPECT_EQ(answer.code, ExitCode::kDone) << answer.out;
  }
}

TEST(CommandLine, ConfigShowTellsOriginsAndGlobalFlagsStandAnywhere) {
  const Answer answer =
      RunSluice({"--log-level", "debug", "config", "show", "--origin", "-c", Example()});
  EXPECT_EQ(answer.code, ExitCode::kDone);
  EXPECT_THAT(answer.out, ::testing::ContainsRegex("log.level: debug +# flag --log-level"));
  EXPECT_THAT(answer.out, ::testing::ContainsRegex("bulk.linger: 5ms +# default"));
  const Answer behind =
      RunSluice({"config", "show", "-c", Example(), "--json", "--log-level", "debug"});
  EXPECT_THAT(behind.out, StartsWith("{\"schema\":\"sluice.config/1\""));
}

TEST(CommandLine, TheExampleOfEachCommandIsOfItsSide) {
  const Answer index = RunSluice({"config", "example"});
  EXPECT_EQ(index.code, ExitCode::kDone);
  EXPECT_EQ(index.out, RunSluice({"config", "example", "--for", "index"}).out);
  EXPECT_THAT(index.out, Not(HasSubstr("topic.prefix")));
  const Answer capture = RunSluice({"config", "example", "--for", "capture"});
  EXPECT_EQ(capture.code, ExitCode::kDone) << capture.err;
  EXPECT_THAT(capture.out, AllOf(HasSubstr("sluice capture -c FILE"), Not(HasSubstr("bulk"))));
  EXPECT_THAT(RunSluice({"config", "example", "--for", "run"}).out,
              AllOf(HasSubstr("prefix: cdc"), HasSubstr("bulk:")));
}

TEST(CommandLine, VerboseAndQuietMoveTheLogLevelByStepsFromInfo) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"-v"}, "debug +# flag -v"}, {{"-vv"}, "trace"},           {{"-v", "-v", "-v"}, "trace"},
      {{"-q"}, "warn +# flag -q"},  {{"--quiet", "-q"}, "error"}, {{"-qqqq"}, "off"},
      {{}, "info +# default"},
  };
  for (const auto& [flags, level] : cases) {
    std::vector<std::string> arguments = {"config", "show", "--origin", "-c", Example()};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    EXPECT_THAT(RunSluice(arguments).out, ::testing::ContainsRegex("log.level: " + level));
  }
}

class EnvFileTest : public ::testing::Test {
 protected:
  void SetUp() override { Unset(); }
  void TearDown() override {
    Unset();
    std::remove(file_.c_str());
  }
  void Write(const std::string& text) {
    std::ofstream out(file_, std::ios::trunc);
    out << text;
  }
  Answer Show(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"config", "show", "--env-file", file_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunSluice(arguments);
  }

  const std::string file_ =
      ::testing::TempDir() + "sluice-env-file-" + std::to_string(getpid()) + ".env";

 private:
  static void Unset() {
    for (const char* name : {"SLUICE_CONFIG", "SLUICE_BULK_LINGER", "SLUICE_KAFKA_CLIENT_ID",
                             "SLUICE_KAFKA_GROUP_ID", "SLUICE_TEST_LINGER"}) {
      unsetenv(name);
    }
  }
};

TEST_F(EnvFileTest, GivesVariablesReferencesAndTheConfigurationsName) {
  Write("# a comment\n\nexport SLUICE_BULK_LINGER = 1ms\n");
  EXPECT_THAT(Show().err, HasSubstr(":3: expected NAME=VALUE")) << "a blank is part of no name";
  Write("# a comment\n\n  SLUICE_CONFIG=" + Example() +
        "\nexport SLUICE_TEST_LINGER='7ms'\r\nSLUICE_BULK_LINGER=${env:SLUICE_TEST_LINGER}\n"
        "SLUICE_KAFKA_CLIENT_ID=\"a = b\"\nSLUICE_KAFKA_GROUP_ID=no\"quote");
  const Answer answer = Show();
  EXPECT_EQ(answer.code, ExitCode::kDone) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("bulk.linger: 7ms\n"));
  EXPECT_THAT(answer.out, HasSubstr("kafka.client.id: 'a = b'\n"));
  EXPECT_THAT(answer.out, HasSubstr("kafka.group.id: 'no\"quote'\n"));
}

TEST_F(EnvFileTest, DoesNotOverrideWhatIsSet) {
  setenv("SLUICE_BULK_LINGER", "3ms", 1);
  Write("SLUICE_BULK_LINGER=9ms\nSLUICE_CONFIG=/no/such/file\n");
  EXPECT_THAT(Show({"-c", Example()}).out, HasSubstr("bulk.linger: 3ms\n"));
}

TEST_F(EnvFileTest, NamesTheLineThatIsNoneWithoutPrintingIt) {
  for (const char* line : {"pass word", "=x", "1A=x", "A-B=secret"}) {
    Write(std::string("GOOD=1\n") + line + "\n");
    const Answer answer = Show();
    EXPECT_EQ(answer.code, ExitCode::kUsage) << line;
    EXPECT_THAT(answer.err, HasSubstr(file_ + ":2: expected NAME=VALUE"));
    EXPECT_THAT(answer.err, Not(HasSubstr(line)));
  }
}

TEST(CommandLine, CaptureRunsByItselfAndHasCommandsOfItsOwn) {
  const Answer status = RunSluice({"capture", "status", "-c", "/nonexistent.yaml"});
  EXPECT_EQ(status.code, ExitCode::kUsage);
  EXPECT_THAT(status.err, HasSubstr("/nonexistent.yaml"));
  const Answer itself = RunSluice({"capture", "-c", "/nonexistent.yaml"});
  EXPECT_EQ(itself.code, ExitCode::kUsage);
  EXPECT_THAT(itself.err, AllOf(HasSubstr("/nonexistent.yaml"), Not(HasSubstr("is missing"))));
  EXPECT_THAT(RunSluice({"config"}).err, HasSubstr("a command is missing"));
  EXPECT_THAT(RunSluice({"capture", "--help"}).out, HasSubstr("status"));
}

TEST(CommandLine, AVariableOfTheSourceAsksInspectForNoSource) {
  setenv("SLUICE_DATABASE_PASSWORD", "x", 1);
  const Answer answer = RunSluice({"inspect", "t", "-b", "127.0.0.1:1", "-o", "nowhere"});
  unsetenv("SLUICE_DATABASE_PASSWORD");
  EXPECT_THAT(answer.err, HasSubstr("nowhere"));
  EXPECT_THAT(answer.err, Not(HasSubstr("database.hostname")));
}

TEST(CommandLine, InspectDoesNotReadInTheGroupOfTheIndex) {
  const Answer answer =
      RunSluice({"inspect", "tick", "-c", InTree("configs/ticker.yaml"), "-g", "sluice-ticker"});
  EXPECT_EQ(answer.code, ExitCode::kUsage);
  EXPECT_THAT(answer.err, HasSubstr("is kafka.group.id of the configuration"));
}

TEST(CommandLine, TheTickerNamesAnEmptySymbol) {
  const Answer answer = RunSluice({"demo", "ticker", "-b", "127.0.0.1:1", "--symbols", ""});
  EXPECT_EQ(answer.code, ExitCode::kUsage);
  EXPECT_THAT(answer.err, HasSubstr("empty symbol"));
}

TEST(CommandLine, CheckNamesTheCommandThatLooksAtASource) {
  const Answer answer = RunSluice({"check", "-c", InTree("configs/capture.example.yaml")});
  EXPECT_EQ(answer.code, ExitCode::kUsage);
  EXPECT_THAT(answer.err, HasSubstr("about capture alone"));
  EXPECT_THAT(answer.err, HasSubstr("sluice capture status"));
  EXPECT_THAT(answer.err, Not(HasSubstr("elasticsearch.urls")));
}

TEST(CommandLine, CaptureAcceptTakesTablesOrAllOfThem) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"capture", "accept"}, {"capture", "accept", "a.b", "--all"}}) {
    const Answer answer = RunSluice(arguments);
    EXPECT_EQ(answer.code, ExitCode::kUsage);
    EXPECT_THAT(answer.err, HasSubstr("--all"));
  }
  const Answer none = RunSluice({"capture", "accept", "a.b", "-c", "/nonexistent.yaml"});
  EXPECT_EQ(none.code, ExitCode::kUsage);
  EXPECT_THAT(none.err, HasSubstr("/nonexistent.yaml"));
}

TEST(CommandLine, AWrongConfigurationIsToldBeforeAnythingElse) {
  const Answer answer = RunSluice({"config", "show", "-c", "/no/such/file"});
  EXPECT_EQ(answer.code, ExitCode::kUsage);
  EXPECT_THAT(answer.out, IsEmpty());
  EXPECT_THAT(answer.err, HasSubstr("1 problem in the configuration; nothing was connected to"));
}

TEST(AdapterChecks, TellWhatOnlyTheAdaptersKnow) {
  const auto problems = [](const std::string& more) {
    config::ConfigSources sources;
    sources.file = "f";
    sources.text = "kafka.brokers: [a:1]\nelasticsearch.urls: ['http://a:1']\n" + more;
    std::vector<std::string> texts;
    for (const config::Problem& problem : config::Load(sources, CheckWithAdapters).problems) {
      texts.push_back(problem.ToString());
    }
    return texts;
  };
  EXPECT_THAT(problems("kafka.topics: [t]\n"), IsEmpty());
  EXPECT_THAT(problems("kafka.topics: [t]\nkafka.properties: {enable.auto.commit: true, x: 1}\n"),
              ElementsAre(HasSubstr("enable.auto.commit cannot be passed through: offsets are"),
                          HasSubstr("x is not known to librdkafka")));
  EXPECT_THAT(problems("kafka.topics: [Users, users]\n"),
              ElementsAre(HasSubstr("topics Users and users have the same index users")));
  EXPECT_THAT(problems("kafka.topics: [a, b]\nindex.names: {a: b}\n"),
              ElementsAre(HasSubstr("have the same index b")));
  EXPECT_THAT(problems("kafka.topics: [t]\nindex.names: {t: 'A B'}\n"),
              ElementsAre(HasSubstr("f:4:")));
  EXPECT_THAT(problems("kafka.topics.regex: 'a('\n"),
              ElementsAre(HasSubstr("kafka.topics.regex: ")));
  EXPECT_THAT(problems("kafka.topics: [t]\nevent.unavailable.value.placeholder: ''\n"),
              ElementsAre(HasSubstr("event.unavailable.value.placeholder: ")));

  const std::string both =
      "kafka.topics: [t]\ntopic.prefix: p\n"
      "database: {hostname: h, user: u, dbname: d}\n";
  EXPECT_THAT(problems(both), IsEmpty());
  EXPECT_THAT(problems(both + "kafka.properties: {x: 1}\n"),
              ElementsAre(HasSubstr("x is not known to librdkafka")));
  EXPECT_THAT(problems(both + "event.unavailable.value.placeholder: ''\n"
                              "unavailable.value.placeholder: ''\n"),
              ElementsAre(HasSubstr("event.unavailable.value.placeholder: "),
                          HasSubstr("f:7:32: unavailable.value.placeholder: ")));
}

TEST(AdapterChecks, AskOnlyAboutTheSideThatRuns) {
  config::ConfigSources sources;
  sources.file = "f";
  sources.text =
      "kafka.brokers: [a:1]\ntopic.prefix: p\ndatabase: {hostname: h, user: u, dbname: d}\n"
      "kafka.properties: {enable.idempotence: false}\nindex.names: {t: 'A B'}\n";
  const auto problems = config::Load(sources, CheckWithAdapters, config::Sides::kCapture).problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].ToString(), HasSubstr("enable.idempotence cannot be passed through"));
}

class ColourTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "TERM"}) unsetenv(name);
  }
};

TEST_F(ColourTest, FollowsTheCustoms) {
  constexpr int kNoTerminal = -1;
  EXPECT_FALSE(UseColour("auto", kNoTerminal));
  EXPECT_TRUE(UseColour("always", kNoTerminal));
  setenv("CLICOLOR_FORCE", "1", 1);
  EXPECT_TRUE(UseColour("auto", kNoTerminal));
  EXPECT_FALSE(UseColour("never", kNoTerminal));
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(UseColour("auto", kNoTerminal));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(UseColour("auto", kNoTerminal)) << "an empty NO_COLOR says nothing";
  setenv("CLICOLOR_FORCE", "0", 1);
  EXPECT_FALSE(UseColour("auto", kNoTerminal));
}

}  // namespace
}  // namespace sluice::service
