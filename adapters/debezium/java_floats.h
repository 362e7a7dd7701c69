#pragma once

#include <string_view>

#include "adapters/debezium/text_buffer.h"

namespace sluice::debezium {

// Floating-point numbers as Java prints them since its version 19: the shortest digits that mean
// the number, of which there are at least two; plain from 0.001 up to below 10,000,000, else with
// an exponent: 0.5, 100.0, 1.0E7, 1.2E-4. NaN and the infinities are JSON strings.

void AppendDouble(double number, TextBuffer& out);
void AppendFloat(float number, TextBuffer& out);

/// Reads a number's text and appends what it means. False when it is no number.
bool AppendFloat64(std::string_view text, TextBuffer& out);
bool AppendFloat32(std::string_view text, TextBuffer& out);
/// The number that a text means: rounded to the nearest, an infinity beyond the greatest.
bool ReadDouble(std::string_view text, double& number);

}  // namespace sluice::debezium
