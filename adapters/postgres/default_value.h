#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::postgres {

/// What a column's default is, read from the text that the catalogue shows of it.
struct DefaultValue {
  enum class Kind : uint8_t {
    kNone,      ///< NULL: as if there were none.
    kPlain,     ///< A number, a quoted text, true or false, with or without a cast.
    kComputed,  ///< An expression: now(), nextval(…), 1 + 2.
  };
  Kind kind = Kind::kNone;
  std::string text;  ///< Of kPlain, without quotes. Not yet in the form of the column's type.
};

/// `'it''s'::character varying` is the plain value "it's".
[[nodiscard]] DefaultValue ReadDefault(std::string_view expression);

}  // namespace sluice::postgres
