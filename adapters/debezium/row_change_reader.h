#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/envelope_decoder.h"
#include "core/ports/row_change_decoder.h"

namespace sluice::debezium {

/// Reads the wanted columns of a row, before and after, out of the envelopes that EnvelopeDecoder
/// understands. A record's key plays no part: tables without one are read like any other.
///
/// Threads, Time, Errors: as RowChangeDecoder.
/// Ownership: the change's views point into the record and this reader.
class RowChangeReader final : public RowChangeDecoder {
 public:
  RowChangeReader(DecoderOptions options, std::vector<std::string> columns);

  void Decode(const Record& record, std::optional<std::string_view> header,
              RowChange& change) override;

 private:
  /// One state of a row: its columns, and the memory of those that had to be unescaped.
  struct State {
    std::vector<ColumnState> columns;
    std::vector<std::string> texts;
  };

  /// False: the text is no sound object, or a value is malformed.
  [[nodiscard]] bool ReadState(std::string_view row, State& state);
  [[nodiscard]] bool ReadValue(std::string_view json, size_t column, State& state) const;
  [[nodiscard]] std::optional<size_t> ColumnOf(std::string_view name);
  void MarkUnchanged(const ChangeEvent& event);
  void ReadSource(RowChange& change);

  EnvelopeDecoder envelopes_;
  const std::vector<std::string> columns_;
  ChangeEvent event_;
  State before_;
  State after_;
  std::vector<std::string> unchanged_;
  std::string name_;
  std::string source_;
};

}  // namespace sluice::debezium
