#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/elasticsearch/divergence_client.h"
#include "adapters/elasticsearch/document_reader.h"
#include "adapters/elasticsearch/document_writer.h"
#include "adapters/kafka/topic_reader.h"
#include "service/composition/control_operator.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"
#include "service/letters/replay.h"

namespace sluice::letters {

/// The real servers of a replay.
///
/// Threads, Time, Errors: as ReplaySides.
/// Ownership: borrows the configuration; owns its clients.
class LiveReplaySides : public ReplaySides {
 public:
  /// `go_on`: asked while the log is read. `told_waiting`: the window is waited for, in ms.
  static Result<std::unique_ptr<LiveReplaySides>> Open(const config::Config& config,
                                                       std::function<bool()> go_on,
                                                       std::function<void(int64_t)> told_waiting);

  [[nodiscard]] Result<std::optional<History>> Look(const std::string& index) override;
  [[nodiscard]] Status Scan(const TopicPartition& stream, Offset from,
                            const std::function<void(const OwnedRecord&)>& take) override;
  [[nodiscard]] Result<LookupResult> Get(const std::string& index, const std::string& id) override;
  [[nodiscard]] Result<std::optional<Divergence>> Divergent(const std::string& index,
                                                            const std::string& id) override {
    return divergence_.Find(index, id);
  }
  [[nodiscard]] elasticsearch::WriteAnswer Write(const std::string& stream,
                                                 const DocumentWrite& write) override {
    return writer_.Write(stream, write);
  }
  [[nodiscard]] Status Heal(const std::string& index, const std::string& id,
                            int64_t version) override {
    return divergence_.Remove(index, id, version);
  }
  void AwaitWindow() override;

 private:
  LiveReplaySides(const config::Config& config, std::unique_ptr<service::ControlOperator> control,
                  kafka::TopicReader log, std::function<bool()> go_on,
                  std::function<void(int64_t)> told_waiting);

  const int64_t window_us_;
  const std::function<bool()> go_on_;
  const std::function<void(int64_t)> told_waiting_;
  service::SystemClock clock_;
  std::unique_ptr<service::ControlOperator> control_;
  kafka::TopicReader log_;
  elasticsearch::DocumentReader reader_;
  elasticsearch::DocumentWriter writer_;
  elasticsearch::DivergenceClient divergence_;
};

}  // namespace sluice::letters
