#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/change_event.h"

namespace sluice {

/// The longest document id a search node accepts, in bytes of UTF-8. One longer id fails the whole
/// bulk (measured), so longer ones are hashed.
inline constexpr size_t kDocumentIdBytesMax = 512;

/// The field that keeps the full id of a document whose id had to be hashed.
inline constexpr std::string_view kFullKeyField = "sluice_key";

/// Makes the document id from a key (delivery contract, part 2): the only place that knows its
/// grammar.
///
///   one column     its text; a text that starts with `~` gets another `~` in front
///   several        the texts joined by `,`; inside, `~` becomes `~~` and `,` becomes `~c`
///   null           `~n`
///   empty text     `~e`
///   over 512 bytes `~h` + 64 hexadecimal digits of its SHA-256
///
/// Threads:   one call at a time per instance.
/// Ownership: the id is a view into the key or into the builder, valid until the next call.
/// Time:      proportional to the key; no allocation in the steady state.
/// Errors:    none; the key must have at least one part.
class DocumentIdBuilder {
 public:
  [[nodiscard]] std::string_view Build(std::span<const KeyPart> key);
  /// The full text of the last id when it was hashed, else empty.
  [[nodiscard]] std::string_view full_text() const { return full_text_; }

 private:
  void AppendPart(const KeyPart& part, bool only_part);

  std::string scratch_;
  std::string hashed_;
  std::string_view full_text_;
};

/// The text of each column of a key, in the key's order; without a value: null.
using KeyTexts = std::vector<std::optional<std::string>>;

/// What an id, or the full text of a hashed one, was made of. None: Build() makes no such text of
/// so many columns.
[[nodiscard]] std::optional<KeyTexts> KeyTextsOf(std::string_view id, size_t columns);

/// Puts `"sluice_key":"…"` in front of the fields of a document, for a document with a hashed id.
void PrependFullKey(std::string_view full_key, std::string_view document, std::string& out);

}  // namespace sluice
