#include "service/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/unit/service/telemetry_samples.h"

namespace sluice::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string SampleExposition() {
  return RenderExposition(SnapshotCollector([] { return SampleSnapshot(); }));
}

TEST(Metrics, NamesArePinned) {
  std::string names;
  for (const MetricSpec& spec : Metrics()) names += std::string(spec.name) + "\n";
  EXPECT_EQ(names, SourceFile("tests/unit/service/golden/metric_names.txt"))
      << "a name that changes breaks dashboards and alerts: change the golden file and CHANGELOG";
}

TEST(Metrics, ExpositionIsPinned) {
  EXPECT_EQ(SampleExposition(), SourceFile("tests/unit/service/golden/exposition.txt"));
}

TEST(Metrics, TheReferenceInTheTreeIsFresh) {
  EXPECT_EQ(RenderMetricsReference(), SourceFile("docs/METRICS.md"))
      << "run: sluice config metrics > docs/METRICS.md";
}

/// All words of `text` that match.
std::set<std::string> WordsOf(const std::string& text, const char* expression) {
  const std::regex word(expression);
  std::set<std::string> words;
  for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it) {
    words.insert(it->str(it->size() - 1));
  }
  return words;
}

TEST(Metrics, EachAlertIsDefinedAndAsksForMetricsThatThereAre) {
  std::string rules;
  std::istringstream lines(SourceFile("configs/prometheus-rules.yaml"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) rules += line + "\n";
  }
  std::set<std::string> wanted;
  std::set<std::string> known;
  for (const MetricSpec& spec : Metrics()) {
    for (const std::string& alert : WordsOf(std::string(spec.alert), "(Sluice[A-Za-z]+)"))
      wanted.insert(alert);
    const std::string name(spec.name);
    known.insert(name);
    if (spec.type == prometheus::MetricType::Histogram)
      known.insert({name + "_bucket", name + "_sum", name + "_count"});
  }
  EXPECT_EQ(WordsOf(rules, "alert: (\\w+)"), wanted);
  const auto asked = WordsOf(rules, "\\b(sluice_\\w+)");
  EXPECT_GT(asked.size(), 15U);
  for (const std::string& name : asked) EXPECT_TRUE(known.contains(name)) << name;
}

TEST(Metrics, EachAlertAsksForLabelsThatThereAre) {
  const std::string exposition = SampleExposition();
  const std::string rules = SourceFile("configs/prometheus-rules.yaml");
  const std::regex selector("(sluice_\\w+)\\{(\\w+)!?=~?\"([a-z_|]+)\"\\}");
  int looked = 0;
  for (std::sregex_iterator it(rules.begin(), rules.end(), selector), end; it != end; ++it) {
    std::istringstream values(it->str(3));
    for (std::string value; std::getline(values, value, '|'); ++looked) {
      EXPECT_THAT(exposition, HasSubstr(it->str(1) + "{" + it->str(2) + "=\"" + value + "\"}"));
    }
  }
  EXPECT_GT(looked, 10);
}

TEST(Metrics, EverySpecIsWholeAndNamedByTheRules) {
  std::set<std::string_view> names;
  for (const MetricSpec& spec : Metrics()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_TRUE(spec.name.starts_with("sluice_") || spec.name.starts_with("process_"));
    EXPECT_EQ(spec.type == prometheus::MetricType::Counter, spec.name.ends_with("_total"))
        << spec.name;
    EXPECT_FALSE(spec.help.empty() || spec.help.ends_with('.')) << spec.name;
    EXPECT_FALSE(spec.budget.empty() || spec.alert.empty()) << spec.name;
  }
}

TEST(Metrics, LabelsAreThoseOfTheTable) {
  std::map<std::string, std::string> wanted;
  for (const MetricSpec& spec : Metrics()) wanted[std::string(spec.name)] = spec.labels;
  std::set<std::string> seen;
  for (const Snapshot& snapshot : {SampleSnapshot(), CourierSnapshot()}) {
    for (const auto& family : SnapshotCollector([&snapshot] { return snapshot; }).Collect()) {
      seen.insert(family.name);
      for (const auto& metric : family.metric) {
        std::string labels;
        for (const auto& label : metric.label) labels += (labels.empty() ? "" : ",") + label.name;
        EXPECT_EQ(labels, wanted[family.name]) << family.name;
      }
    }
  }
  EXPECT_EQ(seen.size(), Metrics().size());
}

TEST(Metrics, ACourierTellsOfItsDestinationsAndOfNoIndex) {
  const std::string text = RenderExposition(SnapshotCollector([] { return CourierSnapshot(); }));
  EXPECT_THAT(text, HasSubstr("sluice_delivery_attempts_total{destination=\"acme\","
                              "outcome=\"accepted\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("outcome=\"server_error\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sluice_breaker_open{destination=\"acme\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_delivery_age_seconds_count{destination=\"acme\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_consumer_lag_records"));
  EXPECT_THAT(text, Not(HasSubstr("sluice_bulk")));
  EXPECT_THAT(text, Not(HasSubstr("sluice_source")));
}

TEST(Metrics, CountsOfWorkersAreOneSeriesAndPositionsAreTheOwners) {
  const std::string text = SampleExposition();
  EXPECT_THAT(text,
              HasSubstr("sluice_records_total{topic=\"cdc.public.users\",partition=\"0\"} 20"));
  EXPECT_THAT(
      text, HasSubstr("sluice_consumer_lag_records{topic=\"cdc.public.users\",partition=\"0\"} 7"));
  EXPECT_THAT(text, Not(HasSubstr("sluice_consumer_lag_records{topic=\"odd")));
  EXPECT_THAT(text, HasSubstr("result=\"rejected\"} 4"));
  EXPECT_THAT(text, HasSubstr("sluice_halted{reason=\"none\"} 0"));
  EXPECT_THAT(text, HasSubstr("sluice_held{reason=\"overloaded\"} 1"));
}

TEST(Metrics, LagIsAbsentWhileUnknownAndZeroOfAnEmptyPartition) {
  PartitionStats partition = SamplePartition("t", 0);
  EXPECT_EQ(LagOf(partition), 7);
  partition.committed = 113;
  EXPECT_EQ(LagOf(partition), 0);
  partition.committed = -1;
  EXPECT_EQ(LagOf(partition), -1);
  partition.end_offset = 0;
  EXPECT_EQ(LagOf(partition), 0);
  partition.end_offset = -1;
  EXPECT_EQ(LagOf(partition), -1);
}

TEST(Metrics, HistogramsAreCumulativeAndEndOpen) {
  const std::string text = SampleExposition();
  EXPECT_THAT(text, HasSubstr("sluice_event_age_seconds_bucket{le=\"0.001\"} 0"));
  EXPECT_THAT(text, HasSubstr("sluice_event_age_seconds_bucket{le=\"0.0025\"} 2"));
  EXPECT_THAT(text, HasSubstr("sluice_event_age_seconds_bucket{le=\"3600\"} 2"));
  EXPECT_THAT(text, HasSubstr("sluice_event_age_seconds_bucket{le=\"+Inf\"} 4"));
  EXPECT_THAT(text, HasSubstr("sluice_event_age_seconds_count 4"));
}

TEST(Metrics, PromtoolAcceptsThem) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("promtool-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "metrics") << SampleExposition();
  const std::string command = "promtool check metrics < '" + (folder / "metrics").string() +
                              "' > '" + (folder / "out").string() + "' 2>&1";
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): fixed words
  std::ostringstream out;
  out << std::ifstream(folder / "out").rdbuf();
  EXPECT_EQ(status, 0) << "promtool (package prometheus, installed by scripts/bootstrap) says:\n"
                       << out.str();
  std::filesystem::remove_all(folder);
}

TEST(Process, TellsWhatThisProcessUses) {
  const ProcessUsage usage = ReadProcessUsage();
  EXPECT_GE(usage.cpu_seconds, 0);
  EXPECT_GT(usage.resident_bytes, 100'000);
  EXPECT_GT(usage.virtual_bytes, usage.resident_bytes);
  EXPECT_GE(usage.open_files, 3);
  EXPECT_GE(usage.open_files_max, usage.open_files);
  EXPECT_GT(usage.started_seconds, 1'500'000'000);
}

}  // namespace
}  // namespace sluice::telemetry
