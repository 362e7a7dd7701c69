#pragma once

#include <string>
#include <string_view>

#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/text_buffer.h"
#include "core/model/outbox_shape.h"

namespace sluice::debezium {

/// What becomes of members that say nothing, at any depth.
struct ExpansionRules {
  EmptyMember nulls = EmptyMember::kLeftOut;
  EmptyMember empty_arrays = EmptyMember::kLeftOut;
};

/// Appends a JSON object or array without white space between its tokens, everything in it as it is
/// written: numbers with their digits, arrays whatever they hold. False, with nothing appended, for
/// any other text.
[[nodiscard]] bool AppendExpanded(std::string_view text, const ExpansionRules& rules,
                                  TextBuffer& out);

/// A JSON object or array as a value of Connect's, with the schema that can be seen from it.
struct TypedExpansion {
  std::string schema;
  std::string json;
};

/// Infers the schema of a JSON object or array, and renders it as a value of that schema: objects
/// in an array get all members that any of them has, null where one has none. `name` is the
/// schema's, and `field` that of a struct's field, or empty.
///
/// False, with nothing usable in `expansion`, for any other text, for arrays of items that no
/// schema has at once, and for whole numbers beyond 64 bits. As Debezium (kCompat): arrays are
/// never taken whole, their numbers are all of one kind, and numbers that are not whole are
/// doubles.
[[nodiscard]] bool ExpandTyped(std::string_view text, const ExpansionRules& rules,
                               Fidelity fidelity, std::string_view name, std::string_view field,
                               TypedExpansion& expansion);

}  // namespace sluice::debezium
