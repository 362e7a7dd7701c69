#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/elasticsearch/divergence_client.h"
#include "adapters/elasticsearch/document_reader.h"
#include "adapters/kafka/topic_reader.h"
#include "service/composition/control_operator.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"
#include "service/letters/explain.h"

namespace sluice::letters {

/// The real servers of an explaining.
///
/// Threads, Time, Errors: as ExplainSides.
/// Ownership: borrows the configuration; owns its clients.
class LiveExplainSides : public ExplainSides {
 public:
  /// `go_on`: asked while topics are read.
  static Result<std::unique_ptr<LiveExplainSides>> Open(const config::Config& config,
                                                        std::function<bool()> go_on);

  [[nodiscard]] Result<Stored> Get(const std::string& index, const std::string& id) override;
  [[nodiscard]] Result<History> Look(const std::string& index) override;
  [[nodiscard]] Result<std::optional<Divergence>> Divergent(const std::string& index,
                                                            const std::string& id) override {
    return divergence_.Find(index, id);
  }
  [[nodiscard]] Status Read(const kafka::ReadRequest& request,
                            const std::function<bool(const OwnedRecord&)>& take) override {
    return log_.Read(request, take, go_on_);
  }
  [[nodiscard]] Status Letters(const std::function<void(kafka::StoredLetter)>& take) override;

 private:
  LiveExplainSides(const config::Config& config, std::unique_ptr<service::ControlOperator> control,
                   kafka::TopicReader log, std::function<bool()> go_on);

  const config::Config& config_;
  const std::function<bool()> go_on_;
  service::SystemClock clock_;
  std::unique_ptr<service::ControlOperator> control_;
  kafka::TopicReader log_;
  elasticsearch::DocumentReader reader_;
  elasticsearch::DivergenceClient divergence_;
};

}  // namespace sluice::letters
