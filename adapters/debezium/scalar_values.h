#pragma once

#include <string_view>

#include "adapters/debezium/value_format.h"

namespace sluice::debezium {

// Values of one piece: see RenderValue.

/// What Debezium has a column for and cannot read.
bool RenderNull(std::string_view text, const ValueFormat& format, ValueSink& sink);

bool RenderBoolean(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderInteger(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderText(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// A text of a type that is not known any more, counted.
bool RenderUntyped(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderFloat32(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderFloat64(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// bytea, in the handling mode of `format`.
bool RenderBytes(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// The bytes of the text itself, in the same modes: what Debezium does with types it does not know.
bool RenderTextAsBytes(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderBit(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderBits(std::string_view text, const ValueFormat& format, ValueSink& sink);

/// Appends bytes in a handling mode, with quotes.
void AppendBytes(std::string_view bytes, BinaryMode mode, TextBuffer& out);
/// Appends pairs of hexadecimal digits as bytes.
bool DecodeHex(std::string_view digits, std::string& bytes);

}  // namespace sluice::debezium
