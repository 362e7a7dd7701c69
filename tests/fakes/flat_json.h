#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// A field of a flat JSON object whose texts hold no escapes, by position.
struct FlatField {
  uint32_t name_begin = 0;
  uint32_t name_end = 0;
  uint32_t begin = 0;  ///< The value, quotes included.
  uint32_t end = 0;

  [[nodiscard]] std::string_view Name(std::string_view object) const {
    return object.substr(name_begin, name_end - name_begin);
  }
  [[nodiscard]] std::string_view Value(std::string_view object) const {
    return object.substr(begin, end - begin);
  }
};

/// The value that stands for "unchanged" in the compact test records.
inline constexpr std::string_view kUnchangedValue = R"("__unchanged")";

/// Takes `{"a":"1","b":2}` apart; anything else aborts: the test is wrong.
[[nodiscard]] std::vector<FlatField> FlatFields(std::string_view object);

}  // namespace sluice::testing
