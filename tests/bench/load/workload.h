#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

enum class WorkloadKind : uint8_t {
  kNarrow,  ///< 8 columns, envelope of about 640 bytes, no schemas.
  kSchema,  ///< The same rows with Connect's schema in each key and value.
  kWide,    ///< 40 columns, a document of about 2,000 bytes, no schemas.
};

/// Change events as Debezium's PostgreSQL connector writes them, made by formula: event N is the
/// same in every run.
///
/// The first `keys` events create the rows, the rest update rows drawn evenly.
class Workload {
 public:
  Workload(WorkloadKind kind, uint64_t keys, uint32_t topics);

  struct Event {
    uint32_t topic = 0;
    uint64_t id = 0;
    std::string key;
    std::string value;
  };
  /// Overwrites `event`, so that its memory is reused.
  void Make(uint64_t ordinal, Event& event) const;
  /// The row alone, as it is forwarded to the index.
  void AppendDocument(uint64_t ordinal, std::string& out) const;
  [[nodiscard]] uint64_t IdOf(uint64_t ordinal) const;
  [[nodiscard]] uint32_t TopicOf(uint64_t id) const;
  [[nodiscard]] const std::vector<std::string>& topics() const { return topics_; }

 private:
  struct Column {
    std::string name;
    std::string type;
  };

  [[nodiscard]] std::string SchemaOf(const std::string& table) const;
  void AppendSource(uint64_t ordinal, uint32_t topic, std::string& out) const;

  WorkloadKind kind_;
  uint64_t keys_;
  std::vector<std::string> tables_;
  std::vector<std::string> topics_;
  std::vector<Column> columns_;
  std::vector<std::string> value_prefixes_;  ///< {"schema":…,"payload": of each topic; or empty.
  std::vector<std::string> key_prefixes_;
};

/// "narrow", "schema" or "wide"; throws std::invalid_argument for any other.
WorkloadKind WorkloadFrom(std::string_view name);

/// Spreads bits: consecutive numbers come out unrelated (the finaliser of SplitMix64).
uint64_t Mix(uint64_t number);

}  // namespace sluice::bench
