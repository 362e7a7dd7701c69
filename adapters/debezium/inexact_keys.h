#pragma once

#include <cstdint>
#include <string>

#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/value_format.h"
#include "core/model/outcome.h"
#include "core/model/source_change.h"

namespace sluice::debezium {

// Two rows whose keys are told alike would have one record key, and so one document: whichever was
// written last would hide the other. So each value of a key is told exactly, or halts the source.

/// Why the row must not be written: what of its key is not told exactly, by which setting, and the
/// cure; the value itself is no text for a log. `place`: of the column. Pure.
[[nodiscard]] Failure InexactKey(const Table& table, uint32_t place, KeyLoss loss,
                                 const EncoderOptions& options);

/// What some values of a column may lose in a key, as far as its type and the settings tell; kNone:
/// nothing that is likely. Pure.
[[nodiscard]] KeyLoss PossibleLoss(const Column& column, const EncoderOptions& options,
                                   Fidelity fidelity);
/// "of which decimal.handling.mode=double keeps 15 digits", and what to do about it.
struct LossWords {
  std::string why;
  std::string cure;
};
[[nodiscard]] LossWords DescribeLoss(KeyLoss loss, const Column& column,
                                     const EncoderOptions& options);

}  // namespace sluice::debezium
