// What ends the process, and when.
#include "service/lifecycle/run_parts.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>

#include "service/composition/system_clock.h"

namespace sluice::service {
namespace {

/// Ends at once where it `halts`, else when it is asked to; as it was told to end.
class PartThatEnds : public Part {
 public:
  PartThatEnds(PartEnd as, bool halts) : as_(as), halts_(halts) {}
  void Start(std::function<void()> on_end) override {
    on_end_ = std::move(on_end);
    if (halts_) End();
  }
  void RequestStop() override { End(); }
  [[nodiscard]] std::optional<PartEnd> end() const override {
    return ended_ ? std::optional(as_) : std::nullopt;
  }

 private:
  void End() {
    ended_ = true;
    on_end_();
  }

  const PartEnd as_;
  const bool halts_;
  std::function<void()> on_end_;
  std::atomic<bool> ended_ = false;
};

void Signal() {
  ::kill(::getpid(), SIGTERM);
}

/// Sends the signal when it reads that one is waited for.
class Operator : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  [[nodiscard]] bool signalled() const { return signalled_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    if (signalled_ || text.find("waits for a signal") == std::string_view::npos) return;
    signalled_ = true;
    Signal();
  }
  void flush_() override {}

  bool signalled_ = false;
};

class RunningParts : public ::testing::Test {
 protected:
  ExitCode Run(std::unique_ptr<Part> part) {
    Parts parts;
    parts.push_back(std::move(part));
    return RunParts(parts, config_, telemetry_, log_, signals_);
  }

  StopSignals signals_;  // before anything that has a thread
  SystemClock clock_;
  std::shared_ptr<Operator> operator_ = std::make_shared<Operator>();
  telemetry::Log log_{{}, operator_, clock_};
  telemetry::Telemetry telemetry_{{}, log_, clock_};
  config::Config config_;
};

TEST_F(RunningParts, EndAfterASignal) {
  Signal();
  EXPECT_EQ(Run(std::make_unique<PartThatEnds>(PartEnd::kDone, false)), ExitCode::kDone);
}

TEST_F(RunningParts, EndWhenOneHalts) {
  EXPECT_EQ(Run(std::make_unique<PartThatEnds>(PartEnd::kHalted, true)), ExitCode::kHalted);
}

// The signal that came with the halt is the one that is waited for: no second one has to come.
TEST_F(RunningParts, ThatStayAreEndedByOneSignalAlsoWhereItMeetsTheHalt) {
  config_.on_halt = "stay";
  Signal();
  EXPECT_EQ(Run(std::make_unique<PartThatEnds>(PartEnd::kHalted, false)), ExitCode::kHalted);
  EXPECT_FALSE(operator_->signalled());
}

TEST_F(RunningParts, ThatStayWaitForASignal) {
  config_.on_halt = "stay";
  EXPECT_EQ(Run(std::make_unique<PartThatEnds>(PartEnd::kHalted, true)), ExitCode::kHalted);
  EXPECT_TRUE(operator_->signalled());
}

}  // namespace
}  // namespace sluice::service
