#include "core/operations/outbox/outbox_streams.h"

#include <algorithm>

#include "core/operations/outbox/outbox_router.h"

namespace sluice {
namespace {

std::string WithoutUnderscores(std::string name) {
  std::replace(name.begin(), name.end(), '_', '.');
  return name;
}

std::string Confusable(const std::string& other) {
  return "which Kafka does not tell from the topic " + other +
         ", for dots and underscores are one to it";
}

}  // namespace

std::string OutboxStreams::Admit(const std::string& stream, const StreamOwners& owners) {
  std::string fault = StreamNameFault(stream);
  if (!fault.empty()) return fault;
  const auto known = streams_.find(WithoutUnderscores(stream));
  if (known != streams_.end()) {
    if (known->second == stream) return "";
    return Confusable(known->second);
  }
  for (const std::string& own : reserved_) {
    if (own == stream) return "which takes the records of Sluice's own or of the brokers";
    if (WithoutUnderscores(own) == WithoutUnderscores(stream)) return Confusable(own);
  }
  if (const StreamOwners::Owner* const table = owners.HolderOf(stream)) {
    return "which takes the rows of the table \"" + table->schema + "\".\"" + table->name + "\"";
  }
  if (streams_.size() >= streams_max_) {
    return "and events go to " + std::to_string(streams_max_) +
           " topics already, as many as outbox.route.topics.max allows";
  }
  streams_.emplace(WithoutUnderscores(stream), stream);
  return "";
}

bool OutboxStreams::Takes(const std::string& stream) const {
  const auto known = streams_.find(WithoutUnderscores(stream));
  return known != streams_.end() && known->second == stream;
}

}  // namespace sluice
