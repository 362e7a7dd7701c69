#include "adapters/kafka/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>

namespace sluice::kafka {
namespace {

using Host = std::unique_ptr<rd_kafka_t, Freer<rd_kafka_destroy>>;
using Mock = std::unique_ptr<rd_kafka_mock_cluster_t, Freer<rd_kafka_mock_cluster_destroy>>;

constexpr int16_t kOffsetFetch = 9;  ///< The protocol's number of the request.

class AdminTest : public ::testing::Test {
 protected:
  AdminTest()
      : host_(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)),
        mock_(rd_kafka_mock_cluster_new(host_.get(), 1)) {}

  [[nodiscard]] Result<Admin> Open() const {
    Settings settings;
    settings.brokers = rd_kafka_mock_cluster_bootstraps(mock_.get());
    return Admin::Open(settings, std::chrono::milliseconds(10'000));
  }

  Host host_;
  Mock mock_;
};

TEST_F(AdminTest, ACoordinatorThatLoadsIsAskedAgain) {
  const auto admin = Open();
  ASSERT_TRUE(admin) << admin.error().ToString();
  rd_kafka_mock_push_request_errors(mock_.get(), kOffsetFetch, 2,
                                    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  const auto committed = admin->Committed("g");
  ASSERT_TRUE(committed) << committed.error().ToString();
  EXPECT_TRUE(committed->empty());
}

TEST_F(AdminTest, ARefusalIsNoGroupWithoutOffsets) {
  const auto admin = Open();
  ASSERT_TRUE(admin) << admin.error().ToString();
  rd_kafka_mock_push_request_errors(mock_.get(), kOffsetFetch, 1,
                                    RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
  EXPECT_FALSE(admin->Committed("g"));
}

}  // namespace
}  // namespace sluice::kafka
