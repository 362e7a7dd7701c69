// The contract of LogReader, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/log_reader_contract.h"
#include "tests/fakes/fake_log_reader.h"

namespace sluice::testing {
namespace {

class FakeHarness : public LogReaderHarness {
 public:
  FakeHarness() { log_.CreateTopic("t", 2); }
  std::unique_ptr<LogReader> Open() override { return std::make_unique<FakeLogReader>(log_, "t"); }
  std::unique_ptr<LogReader> OpenCutOff() override {
    auto reader = std::make_unique<FakeLogReader>(log_, "t");
    reader->SetTrouble(
        Failure{{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated},
                "",
                "nobody answers"});
    return reader;
  }
  [[nodiscard]] TopicPartition Stream(int32_t partition) const override { return {"t", partition}; }
  void Append(int32_t partition, const std::optional<std::string>& key,
              const std::optional<std::string>& value,
              const std::vector<Header>& headers) override {
    log_.Append({"t", partition}, key, value, headers);
  }
  void RemoveBefore(int32_t partition, Offset offset) override {
    log_.TruncateBefore({"t", partition}, offset);
  }

 private:
  FakeLog log_;
};

INSTANTIATE_TEST_SUITE_P(Fake, LogReaderContract, ::testing::Values(MakeLogReader([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
