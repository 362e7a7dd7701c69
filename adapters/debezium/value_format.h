#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/text_buffer.h"
#include "core/model/altered_values.h"
#include "core/model/table.h"

namespace sluice::debezium {

/// A pair of an hstore: places in ValueSink::plain.
struct PairPlace {
  size_t key = 0;
  size_t key_size = 0;
  size_t value = 0;
  size_t value_size = 0;
  bool null = false;
  uint32_t bucket = 0;  ///< Of a Java map, and
  uint32_t number = 0;  ///< which pair it is in the database's order.
};

/// Why a value of a key is not told exactly, so that another one may be told the same.
enum class KeyLoss : uint8_t {
  kNone,
  kTimePrecision,  ///< Digits of a second are cut.
  kDecimalMode,    ///< A decimal number as a double, and not that very number.
  kSpecialNumber,  ///< NaN or an infinity told as null.
  kMoneyDigits,    ///< Money with other digits than `money.fraction.digits` says.
  kInterval,       ///< Months told as days.
  kZone,           ///< The zone of a timetz.
  kBounds,         ///< The lower bounds of an array.
  kBits,           ///< Zeros in front of a varbit.
  kRing,           ///< Whether a polygon repeats its first point.
  kRange,          ///< Beyond what its number holds, or the same as an infinity.
  kBytes,          ///< Bytes that are no UTF-8.
  kUnsent,         ///< A large value that the change did not touch.
  kCompat,         ///< Debezium's own form has no place for it.
};

/// What the rendering of values writes to, and what it works with.
struct ValueSink {
  TextBuffer out;
  std::string bytes;  ///< Of the value at hand, decoded.
  std::string text;   ///< An element of an array without its escapes.
  std::string plain;  ///< A number in plain digits, or parts without their escapes.
  std::vector<PairPlace> pairs;
  std::vector<uint64_t> limbs;  ///< Of a number too long for a register.

  /// Something was not told as it is; whose it was is said behind the column, by Attribute().
  void Note(Alteration alteration, uint64_t count = 1) {
    counts[static_cast<size_t>(alteration)] += count;
    altered_total += count;
    if (alteration == Alteration::kClamped) Lose(KeyLoss::kRange);
    if (alteration == Alteration::kReplaced) Lose(KeyLoss::kBytes);
  }
  /// A value was not told exactly. Only keys ask: elsewhere it may go unsaid.
  void Lose(KeyLoss loss) { lost = loss; }
  /// What was noted since the last StartRow() or Attribute() is this column's.
  void Attribute(const ColumnName& column);
  void StartRow() { attributed = counts; }
  [[nodiscard]] uint64_t count(Alteration alteration) const {
    return counts[static_cast<size_t>(alteration)];
  }

  AlterationCounts counts{};
  AlterationCounts attributed{};
  uint64_t altered_total = 0;  ///< Sum of `counts`.
  AlteredValues altered;       ///< By column, until it is taken.
  KeyLoss lost = KeyLoss::kNone;
};

struct ValueFormat;

/// Appends the JSON of a value. False, with anything appended, when `text` is no such value.
using RenderValue = bool (*)(std::string_view text, const ValueFormat& format, ValueSink& sink);

/// How the values of one column are told: chosen once for each shape of a table.
struct ValueFormat {
  RenderValue render = nullptr;  ///< None: the column is left out.
  Fidelity fidelity = Fidelity::kCorrect;
  bool schema = false;   ///< A schema stands before the values.
  bool of_key = false;   ///< What is not told exactly is said (ValueSink::Lose).
  bool varying = false;  ///< Of bits: values have lengths of their own.
  ColumnType type = ColumnType::kText;
  DecimalMode decimal = DecimalMode::kPrecise;
  BinaryMode binary = BinaryMode::kBytes;
  int32_t scale = 0;                     ///< Of decimals, money and seconds.
  std::unique_ptr<ValueFormat> element;  ///< Of arrays.
};

/// Appends the JSON of a value; what cannot be read is told as its text, and counted.
inline void AppendValue(std::string_view text, const ValueFormat& format, ValueSink& sink);

/// Appends `text` as a JSON string, whatever it holds.
void AppendText(std::string_view text, ValueSink& sink);

inline void AppendValue(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  const size_t start = sink.out.size();
  if (format.render(text, format, sink)) [[likely]]
    return;
  sink.out.CutTo(start);
  sink.Note(Alteration::kText);
  AppendText(text, sink);
}

}  // namespace sluice::debezium
