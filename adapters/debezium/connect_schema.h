#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/debezium/encoder_options.h"

namespace sluice::debezium {

/// What Connect knows of a type, before it is a field of something.
struct ConnectType {
  std::string type;       ///< "int32", "string", "struct", …
  std::string contents;   ///< Behind the type: `,"items":{…}`, `,"fields":[…]`.
  bool optional = false;  ///< Whatever the column says.
  std::string name;       ///< The semantic type; none: "".
  int version = 0;        ///< None: 0.
  std::string doc;
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// A field of a struct, or an item of an array (without a name).
struct ConnectField {
  bool optional = false;
  std::string_view default_json;  ///< None: "".
  std::string_view name;          ///< None: "".
};

/// A schema as JsonConverter writes it.
[[nodiscard]] std::string SchemaJson(const ConnectType& type, const ConnectField& field);
/// A JSON string.
[[nodiscard]] std::string Quoted(std::string_view text);

/// The type of a column's values, arrays included.
[[nodiscard]] ConnectType DescribeType(const Column& column, const EncoderOptions& options,
                                       Fidelity fidelity);

/// An array that Debezium takes for one value of its items' type, and can then not read.
[[nodiscard]] bool IsMistakenArray(const Column& column);

/// A struct with a name: `fields` are schemas with commas between them.
[[nodiscard]] std::string StructJson(std::string_view fields, bool optional, std::string_view name,
                                     int version, std::string_view field);

}  // namespace sluice::debezium
