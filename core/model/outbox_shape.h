#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What becomes of members of a JSON object that say nothing: nulls, or arrays without items.
enum class EmptyMember : uint8_t { kLeftOut, kKept };

/// A column that an event tells under a name of its own.
struct OutboxColumn {
  uint32_t place = 0;  ///< In the table's row.
  std::string name;
};

/// Which columns of an outbox make the key and the value of an event, and how they are told.
struct OutboxShape {
  enum class Form : uint8_t {
    kJson,  ///< As Connect's JsonConverter: a text in quotes.
    kText,  ///< As its StringConverter, bytes as they are: nothing is added.
  };
  uint32_t key = 0;
  uint32_t payload = 0;
  std::optional<uint32_t> schema_version;
  std::vector<OutboxColumn> fields;  ///< Beside the payload; with any the value is an object.
  bool expands = false;              ///< A payload that is JSON is told as such.
  EmptyMember nulls = EmptyMember::kLeftOut;         ///< Of an expanded payload.
  EmptyMember empty_arrays = EmptyMember::kLeftOut;  ///< Of an expanded payload.
  Form key_form = Form::kJson;
  Form value_form = Form::kJson;
};

}  // namespace sluice
