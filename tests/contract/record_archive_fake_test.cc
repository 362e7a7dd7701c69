// The contract of RecordArchive, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/record_archive_contract.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_record_archive.h"

namespace sluice::testing {
namespace {

class FakeHarness : public RecordArchiveHarness {
 public:
  FakeHarness() : archive_(log_, 8), cut_off_(log_, 8) {
    log_.CreateTopic("t", 2);
    cut_off_.SetTrouble(
        Verdict{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated});
  }
  RecordArchive& archive() override { return archive_; }
  RecordArchive& cut_off() override { return cut_off_; }
  [[nodiscard]] TopicPartition Stream(int32_t partition) const override { return {"t", partition}; }
  void Append(int32_t partition, const std::optional<std::string>& key,
              const std::optional<std::string>& value,
              const std::vector<Header>& headers) override {
    log_.Append({"t", partition}, key, value, headers);
  }
  void RemoveBefore(int32_t partition, Offset offset) override {
    log_.TruncateBefore({"t", partition}, offset);
  }
  void Step() override {}

 private:
  FakeLog log_;
  FakeRecordArchive archive_;
  FakeRecordArchive cut_off_;
};

INSTANTIATE_TEST_SUITE_P(Fake, RecordArchiveContract, ::testing::Values(MakeRecordArchive([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
