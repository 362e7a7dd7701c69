#pragma once

#include <string>

#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/value_format.h"

namespace sluice::debezium {

/// How a column's values are told. Without a `render` the column is left out.
[[nodiscard]] ValueFormat ChooseFormat(const Column& column, const EncoderOptions& options,
                                       Fidelity fidelity);

/// The JSON of a column's default as Debezium knows it, computed ones as zero; none: "".
[[nodiscard]] std::string DefaultJson(const Column& column, const ValueFormat& format);
/// What Debezium puts where a value that must not be null was not sent.
[[nodiscard]] std::string FillerJson(const Column& column, const ValueFormat& format,
                                     const EncoderOptions& options);
/// What stands for a value that the change did not touch. "null" where Debezium has no form for it.
[[nodiscard]] std::string UnchangedJson(const Column& column, const EncoderOptions& options,
                                        Fidelity fidelity);

}  // namespace sluice::debezium
