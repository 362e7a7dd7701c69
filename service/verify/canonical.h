#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::verify {

/// Fields whose texts are JSON themselves: of json, jsonb and such columns.
using JsonFields = std::set<std::string, std::less<>>;

/// A field in the one form that everything equal to it has: numbers by their decimal value, strings
/// by their characters, objects in the order of their names.
struct CanonicalField {
  std::string name;
  std::string value;
};

/// The fields of a document, by name. None: it is no JSON object.
[[nodiscard]] std::optional<std::vector<CanonicalField>> CanonicalFields(
    std::string_view document, const JsonFields& json_fields);

/// The same number for documents that are equal, another one for others as good as always. Of this
/// run of the program alone.
[[nodiscard]] uint64_t DigestOf(std::string_view document, const JsonFields& json_fields);

/// A field in which two documents differ. None: it is not there, which null is not.
struct FieldDifference {
  std::string name;
  std::optional<std::string> expected;  ///< The JSON text, shortened.
  std::optional<std::string> stored;
};

/// The fields in which a document differs from what it should be, by name.
[[nodiscard]] std::vector<FieldDifference> DifferingFields(std::string_view expected,
                                                           std::string_view stored,
                                                           const JsonFields& json_fields);

/// Whether a document only lacks fields that are to be null, as of a row that was not written since
/// it got these columns.
[[nodiscard]] bool LackNullsOnly(std::span<const FieldDifference> fields);

/// The text of a field that holds a string; empty where there is none.
[[nodiscard]] std::string TextField(std::string_view document, std::string_view name);

}  // namespace sluice::verify
