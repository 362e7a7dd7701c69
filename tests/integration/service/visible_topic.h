#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "adapters/kafka/admin.h"

namespace sluice::testing {

/// Creates a topic and waits until it can be seen: the broker answers before its own view of the
/// topics has the new one. Fails the test; call it within ASSERT_NO_FATAL_FAILURE.
inline void CreateVisibleTopic(kafka::Admin& admin, const std::string& topic, int32_t partitions) {
  const Status created = admin.CreateTopic(topic, partitions);
  ASSERT_TRUE(created.ok()) << created.error().ToString();
  bool seen = false;
  for (int asked = 0; asked < 5'000 && !seen; ++asked) seen = admin.DescribeTopic(topic).ok();
  ASSERT_TRUE(seen) << topic << " was created and cannot be seen";
}

}  // namespace sluice::testing
