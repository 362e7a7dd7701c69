#pragma once

#include "adapters/kafka/settings.h"
#include "service/telemetry/log.h"

namespace sluice::service {

/// librdkafka's own lines are for finding faults: what matters reaches the log as events. `log`
/// outlives the sink.
[[nodiscard]] inline kafka::LogSink KafkaLogTo(telemetry::Log& log) {
  return [&log](int level, std::string_view facility, std::string_view text) {
    // What we set on purpose.
    if (text.find("enable.gapless.guarantee is experimental") != std::string_view::npos) return;
    constexpr int kWarning = 4;
    log.WriteLimited(level <= kWarning ? telemetry::LogLevel::kInfo : telemetry::LogLevel::kDebug,
                     "kafka_client", facility, text, {{"facility", facility}});
  };
}

}  // namespace sluice::service
