// The contract of RecordSource, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/record_source_contract.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_record_source.h"

namespace sluice::testing {
namespace {

class FakeHarness : public RecordSourceHarness {
 public:
  FakeHarness() : source_(log_) {
    log_.CreateTopic("t", 2);
    log_.SetLeaderEpoch({"t", 0}, 3);
  }
  RecordSource& source() override { return source_; }
  [[nodiscard]] TopicPartition Stream(int32_t partition) const override { return {"t", partition}; }
  void Append(int32_t partition, int from, int count) override {
    for (int i = from; i < from + count; ++i) {
      std::vector<Header> headers;
      if (i % 2 == 1) headers.push_back({"odd", "1"});
      log_.Append({"t", partition}, std::to_string(i), std::to_string(i), std::move(headers));
    }
  }
  void AppendWithHeaders(int32_t partition, const std::vector<Header>& headers) override {
    log_.Append({"t", partition}, "k", "v", headers);
  }
  void GiveAll() override { source_.AssignTopic("t"); }
  void TakeSome() override { source_.Revoke({{"t", 1}}); }
  void Step() override {}
  std::map<TopicPartition, CommitPosition> Committed() override {
    std::map<TopicPartition, CommitPosition> committed;
    for (const TopicPartition& stream : log_.Partitions("t")) {
      if (const auto position = log_.Committed(stream)) committed[stream] = *position;
    }
    return committed;
  }

 private:
  FakeLog log_;
  FakeRecordSource source_;
};

INSTANTIATE_TEST_SUITE_P(Fake, RecordSourceContract, ::testing::Values(MakeRecordSource([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
