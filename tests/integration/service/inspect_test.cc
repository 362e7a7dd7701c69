// `sluice inspect` on the broker that SLUICE_TEST_KAFKA names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/conf.h"
#include "adapters/kafka/produce.h"
#include "service/composition/system_clock.h"
#include "service/inspect/inspect_topics.h"
#include "tests/integration/service/visible_topic.h"

namespace sluice::inspect {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class InspectTopics : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* broker = std::getenv("SLUICE_TEST_KAFKA");
    ASSERT_NE(broker, nullptr)
        << "SLUICE_TEST_KAFKA is not set: start a broker with `scripts/stack up kafka` and set it "
           "to host:port";
    options_.kafka.brokers = broker;
    options_.stop_at_end = true;
    topic_ = "inspect-test." + std::to_string(getpid()) + "." +
             ::testing::UnitTest::GetInstance()->current_test_info()->name();
    options_.topics = {topic_};
    auto admin = kafka::Admin::Open(options_.kafka, std::chrono::seconds(20));
    ASSERT_TRUE(admin.ok());
    admin_ = std::make_unique<kafka::Admin>(std::move(*admin));
    ASSERT_NO_FATAL_FAILURE(testing::CreateVisibleTopic(*admin_, topic_, 2));
  }

  void TearDown() override {
    if (!admin_) return;
    EXPECT_TRUE(admin_->DeleteTopic(topic_).ok());
  }

  /// Two rows in partition 0; a delete, a tombstone and rubbish in partition 1.
  void Fill() {
    auto conf = kafka::MakeProducerConf(options_.kafka, {});
    ASSERT_TRUE(conf.ok());
    auto producer = kafka::MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
    ASSERT_TRUE(producer.ok());
    const std::vector<HeaderView> headers = {{"origin", "test"}};
    const auto send = [&](int32_t partition, std::optional<std::string_view> key,
                          std::optional<std::string_view> value) {
      const kafka::OutgoingRecord record{.topic = topic_.c_str(),
                                         .partition = partition,
                                         .key = key,
                                         .value = value,
                                         .headers = headers};
      ASSERT_EQ(kafka::Produce(producer->get(), record), RD_KAFKA_RESP_ERR_NO_ERROR);
    };
    send(0, R"({"id":1})", R"({"op":"c","after":{"id":1,"email":"a@example.com"}})");
    send(0, R"({"id":1})", R"({"op":"u","after":{"id":1,"email":"b@example.com"}})");
    send(1, R"({"id":2})", R"({"op":"d","after":null})");
    send(1, R"({"id":2})", std::nullopt);
    send(1, std::nullopt, "\xFF{");
    ASSERT_EQ(rd_kafka_flush(producer->get(), 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  InspectEnd Run() {
    out_.str("");
    err_.str("");
    const service::SystemClock clock;
    return RunInspect(options_, clock, [this] { return --turns_ > 0; }, out_, err_);
  }

  InspectOptions options_;
  std::string topic_;
  std::unique_ptr<kafka::Admin> admin_;
  std::ostringstream out_;
  std::ostringstream err_;
  int turns_ = 300;  ///< Of 200 ms: a bound, not a pace.
};

TEST_F(InspectTopics, TellsEachRecordAndWhatWouldBeWritten) {
  Fill();
  ASSERT_EQ(Run(), InspectEnd::kDone) << err_.str();
  EXPECT_THAT(Lines(out_.str()), SizeIs(5));
  EXPECT_THAT(out_.str(), HasSubstr(topic_ + " 0 1 20"));
  std::string index = topic_;
  for (char& c : index) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_THAT(out_.str(), HasSubstr("Z u 1 → index " + index + "/1 v281474976710658 32 B\n"));
  EXPECT_THAT(out_.str(), HasSubstr("Z d 2 → delete " + index + "/2 v281474976710657\n"));
  EXPECT_THAT(out_.str(), HasSubstr("Z - - → reject bad_utf8\n"));
}

TEST_F(InspectTopics, ReadsTheLastOfOnePartitionAndSavesIt) {
  Fill();
  options_.places = {"-1"};
  options_.partitions = {1};
  options_.json = true;
  options_.save_file = ::testing::TempDir() + topic_ + ".jsonl";
  ASSERT_EQ(Run(), InspectEnd::kDone) << err_.str();
  ASSERT_THAT(Lines(out_.str()), SizeIs(1));
  EXPECT_THAT(out_.str(), HasSubstr(R"("partition":1,"offset":2,)"));
  std::ifstream file(options_.save_file);
  const std::string saved{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(saved, StartsWith(R"({"topic":")" + topic_ + R"(","partition":1,"offset":2,)"));
  EXPECT_THAT(saved, HasSubstr(R"("headers":[["origin","test"]],"key":null,"value_base64":"/3s="})"
                               "\n"));
  unlink(options_.save_file.c_str());
}

TEST_F(InspectTopics, FollowsUntilEnoughWasSeen) {
  Fill();
  options_.stop_at_end = false;
  options_.records_max = 3;
  ASSERT_EQ(Run(), InspectEnd::kDone) << err_.str();
  EXPECT_THAT(Lines(out_.str()), SizeIs(3));
  EXPECT_GT(turns_, 0) << "ended by the count, not by the bound";
}

TEST_F(InspectTopics, ReadsTopicsByExpression) {
  Fill();
  options_.is_regex = true;
  options_.topics = {"inspect-test\\." + std::to_string(getpid()) + "\\.Reads.*", "nothing-else"};
  ASSERT_EQ(Run(), InspectEnd::kDone) << err_.str();
  EXPECT_THAT(Lines(out_.str()), SizeIs(5));
}

TEST_F(InspectTopics, SaysThatATopicIsMissing) {
  options_.topics = {topic_, "no-such-topic"};
  ASSERT_EQ(Run(), InspectEnd::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("no-such-topic"));
  EXPECT_EQ(out_.str(), "");
  EXPECT_FALSE(admin_->DescribeTopic("no-such-topic").ok()) << "looking must not create it";
}

TEST_F(InspectTopics, RefusesAPlaceThatIsNone) {
  options_.places = {"yesterday"};
  ASSERT_EQ(Run(), InspectEnd::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("@2h"));
}

}  // namespace
}  // namespace sluice::inspect
