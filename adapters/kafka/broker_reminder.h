#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "adapters/kafka/handles.h"
#include "core/ports/clock.h"

namespace sluice::kafka {

/// Tells a client of its configured brokers again.
///
/// A broker that ends may name no broker at all in its last answer. The library then forgets every
/// broker, those of the configuration too, and never connects again unless it is told of one
/// (docs/FINDINGS.md F36). It keeps each list that it is given, hence once a minute at most.
class BrokerReminder {
 public:
  BrokerReminder(std::string brokers, Clock& clock) : brokers_(std::move(brokers)), clock_(clock) {}

  /// To be called whenever the client heard nothing of its brokers for longer than it should.
  void Remind(rd_kafka_t* client) {
    const int64_t now_us = clock_.NowUs();
    if (now_us < next_us_) return;
    next_us_ = now_us + kEveryUs;
    rd_kafka_brokers_add(client, brokers_.c_str());
  }

 private:
  static constexpr int64_t kEveryUs = 60'000'000;

  const std::string brokers_;
  Clock& clock_;
  int64_t next_us_ = 0;
};

}  // namespace sluice::kafka
