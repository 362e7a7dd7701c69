#include "service/composition/guardian.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
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

}  // namespace
}  // namespace sluice::service
