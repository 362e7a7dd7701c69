#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/debezium/envelope_decoder.h"
#include "adapters/debezium/envelope_encoder.h"
#include "core/operations/document_id.h"
#include "service/verify/ports.h"

namespace sluice::verify {

/// What the documents of a configuration are made by.
struct RenderSettings {
  debezium::EncoderOptions encoder;
  debezium::DecoderOptions decoder;
};

/// Makes of a row the document that `sluice index` makes of the event that `sluice capture` makes
/// of the row: by the same encoder, decoder and ids.
///
/// Threads:   one call at a time.
/// Ownership: what is shown is valid until the next call.
/// Time:      never blocks.
/// Errors:    in the results: a row whose event would be refused has no document.
class RowRenderer {
 public:
  explicit RowRenderer(const RenderSettings& settings)
      : encoder_(settings.encoder), decoder_(settings.decoder) {}

  struct Rendered {
    DocumentName name;
    std::string_view document;
  };
  [[nodiscard]] Result<Rendered> Render(const Table& table, Row row);

  /// The key's bytes in a tombstone of the document with that name. None: no key of the table is
  /// written as it, or it does not tell the key (TextsOf).
  [[nodiscard]] std::optional<std::string> TombstoneKey(const Table& table,
                                                        const DocumentName& name);

 private:
  /// What the document of a tombstone with these bytes as its key is called. None: none.
  [[nodiscard]] std::optional<std::string> IdOf(std::string_view key_bytes);

  debezium::EnvelopeEncoder encoder_;
  debezium::EnvelopeDecoder decoder_;
  DocumentIdBuilder ids_;
  ChangeEvent event_;
  std::string document_;
};

/// Columns whose values are JSON as text.
[[nodiscard]] JsonFields JsonFieldsOf(const Table& table, debezium::HstoreMode hstore);

/// Whether the text of a column in a document id, where it is not null, is the database's own, so
/// that rows can be asked for by it.
[[nodiscard]] bool IsPlainInIds(const Column& column);
/// Whether such a text can be a value of the column: the database refuses a question with another.
[[nodiscard]] bool CanBeValue(const Column& column, std::string_view text);
/// What the columns of the key are in a row of which the document has that name. None: no row can
/// have it, or a column is not plain in ids.
[[nodiscard]] std::optional<KeyTexts> TextsOf(const Table& table, const DocumentName& name);

}  // namespace sluice::verify
