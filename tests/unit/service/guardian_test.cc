#include "service/composition/guardian.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "service/composition/system_clock.h"

namespace sluice::service {
namespace {

constexpr std::chrono::seconds kPatience{10};

class WatchRecorder : public CaptureObserver {
 public:
  void OnCaptureStats(const CaptureStats&) override {}
  void OnRemark(const std::string&) override {}
  void OnSkippedTruncate(const std::string&) override {}
  void OnIncremental(const IncrementalNote&) override {}
  void OnSourceWatch(const SourceWatch& watch) override {
    const std::lock_guard lock(mutex_);
    seen_.push_back(watch);
    came_.notify_all();
  }

  std::vector<SourceWatch> Await(size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, kPatience, [&] { return seen_.size() >= count; });
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<SourceWatch> seen_;
};

TEST(Guardian, TellsOfADatabaseThatDoesNotAnswer) {
  SystemClock clock;
  telemetry::Log log({}, std::make_shared<spdlog::sinks::null_sink_mt>(), clock);
  WatchRecorder recorder;
  GuardianMemory memory;
  const auto filter = postgres::TableFilter::Make({});
  ASSERT_TRUE(filter.ok());
  const auto record = [](const postgres::KnownTables&, const std::stop_token&) {
    ADD_FAILURE() << "nothing was seen";
    return Failure{};
  };
  Guardian::Setup setup{{}, "s", {},     *filter,  {},    record, /*look_every_us=*/1'000,
                        "", 0,   memory, recorder, clock, log};
  setup.database.host = "127.0.0.1";
  setup.database.port = 1;  // nobody listens there
  Guardian guardian(setup, [] { ADD_FAILURE() << "nothing is lost"; });
  const auto seen = recorder.Await(1);
  guardian.Stop();
  ASSERT_FALSE(seen.empty());
  EXPECT_NE(seen.front().danger.find("127.0.0.1:1"), std::string::npos) << seen.front().danger;
  EXPECT_FALSE(guardian.halt());
}

TEST(GuardianMemory, TellsWhatLastsOnceAndWhatHappensEachTime) {
  SystemClock clock;
  std::ostringstream text;
  telemetry::Log log({}, std::make_shared<spdlog::sinks::ostream_sink_mt>(text), clock);
  GuardianMemory memory;
  postgres::Finding lasts;
  lasts.weight = postgres::Finding::Weight::kWarns;
  lasts.what = "it lasts";
  postgres::Finding happens = lasts;
  happens.what = "it happened";
  happens.event = true;
  for (int i = 0; i < 2; ++i) memory.Tell({lasts, happens}, log);
  const auto count = [&](const std::string& what) {
    size_t found = 0;
    const std::string told = text.str();
    for (size_t at = told.find(what); at != std::string::npos; at = told.find(what, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count("it lasts"), 1U);
  EXPECT_EQ(count("it happened"), 2U);
}

}  // namespace
}  // namespace sluice::service
