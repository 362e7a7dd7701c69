#include "adapters/debezium/inexact_keys.h"

#include <string_view>

#include "adapters/debezium/value_formats.h"

namespace sluice::debezium {
namespace {

const char* TimeModeName(TimeMode mode) {
  switch (mode) {
    case TimeMode::kAdaptive: return "adaptive";
    case TimeMode::kAdaptiveTimeMicroseconds: return "adaptive_time_microseconds";
    case TimeMode::kConnect: return "connect";
    case TimeMode::kIsoString: return "isostring";
    case TimeMode::kMicroseconds: return "microseconds";
    case TimeMode::kNanoseconds: return "nanoseconds";
  }
  return "";
}

/// The losses that every value of a type and mode may have.
KeyLoss LossOfMode(const Column& column, const EncoderOptions& options) {
  const bool digits_cut = column.scale < 0 || column.scale > 3;
  switch (column.type) {
    case ColumnType::kTime:
    case ColumnType::kTimestamp:
      return options.time == TimeMode::kConnect && digits_cut ? KeyLoss::kTimePrecision
                                                              : KeyLoss::kNone;
    case ColumnType::kTimeTz: return KeyLoss::kZone;
    case ColumnType::kInterval:
      return options.interval == IntervalMode::kNumeric ? KeyLoss::kInterval : KeyLoss::kNone;
    case ColumnType::kDecimal: {
      constexpr int32_t kDoubleDigits = 15;
      const bool may = options.decimal == DecimalMode::kDouble && column.precision > kDoubleDigits;
      return may ? KeyLoss::kDecimalMode : KeyLoss::kNone;
    }
    case ColumnType::kNumeric:
    case ColumnType::kMoney:
      return options.decimal == DecimalMode::kDouble ? KeyLoss::kDecimalMode : KeyLoss::kNone;
    case ColumnType::kBits:
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kText:
    case ColumnType::kBytes:
    case ColumnType::kDate:
    case ColumnType::kTimestampTz:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kEnum:
    case ColumnType::kHstore:
    case ColumnType::kLtree:
    case ColumnType::kTsvector:
    case ColumnType::kPoint:
    case ColumnType::kBox:
    case ColumnType::kLineSegment:
    case ColumnType::kPath:
    case ColumnType::kPolygon:
    case ColumnType::kCircle:
    case ColumnType::kLine:
    case ColumnType::kGeometry:
    case ColumnType::kGeography:
    case ColumnType::kVector:
    case ColumnType::kHalfVector:
    case ColumnType::kSparseVector:
    case ColumnType::kComposite:
    case ColumnType::kOther: break;
  }
  return KeyLoss::kNone;
}

}  // namespace

LossWords DescribeLoss(KeyLoss loss, const Column& column, const EncoderOptions& options) {
  const std::string other_key = "give the table a key of other columns by message.key.columns";
  const std::string type = "the type " + column.type_name;
  switch (loss) {
    case KeyLoss::kNone: return {};
    case KeyLoss::kTimePrecision:
      return {std::string("time.precision.mode=") + TimeModeName(options.time) +
                  " leaves out digits of its seconds",
              "set time.precision.mode: adaptive, or " + other_key};
    case KeyLoss::kDecimalMode:
      return {"decimal.handling.mode=double keeps 15 digits of a number for sure",
              "set decimal.handling.mode: precise or string, or " + other_key};
    case KeyLoss::kSpecialNumber:
      return {"decimal.handling.mode=precise tells NaN and the infinities as null in a schema",
              "set decimal.handling.mode: string, or " + other_key};
    case KeyLoss::kMoneyDigits:
      return {"money.fraction.digits=" + std::to_string(options.money_fraction_digits) +
                  " is not how many digits the database's money has",
              "set money.fraction.digits to that number (lc_monetary), or " + other_key};
    case KeyLoss::kInterval:
      return {"interval.handling.mode=numeric counts months as days",
              "set interval.handling.mode: string, or " + other_key};
    case KeyLoss::kZone:
      return {
          type + " is told in UTC, and its zone is lost",
          "keep that column in UTC or give it another type (ALTER TABLE … ALTER COLUMN … TYPE), "
          "or " +
              other_key};
    case KeyLoss::kBounds:
      return {"an array is told without its lower bounds",
              "store arrays whose bounds begin at 1, or " + other_key};
    case KeyLoss::kBits:
      return {type + " is told without zeros in front",
              "give the column the type bit(n), or " + other_key};
    case KeyLoss::kRing:
      return {"a polygon is told closed, whether it repeats its first point or not",
              "store polygons without that point, or " + other_key};
    case KeyLoss::kRange:
      return {"it lies beyond what its number holds (time.precision.mode=" +
                  std::string(TimeModeName(options.time)) + ", interval.handling.mode)",
              "set time.precision.mode: isostring, of an interval interval.handling.mode: string, "
              "or " +
                  other_key};
    case KeyLoss::kBytes:
      return {"it holds bytes that are no UTF-8, and U+FFFD is told in their place",
              "correct the row, or " + other_key};
    case KeyLoss::kUnsent:
      return {"the database did not send it with the change",
              "ALTER TABLE … REPLICA IDENTITY FULL, or " + other_key};
    case KeyLoss::kCompat:
      return {"Debezium has no form that tells it apart, and the table is in compat.debezium",
              "take the table out of compat.debezium, or " + other_key};
  }
  return {};
}

Failure InexactKey(const Table& table, uint32_t place, KeyLoss loss,
                   const EncoderOptions& options) {
  const Column& column = table.columns[place];
  const LossWords words = DescribeLoss(loss, column, options);
  return {{Disposition::kHalt, FailureReason::kDatabaseUnsuitable, WriteResult::kCreated},
          "key_not_exact",
          "a key of " + table.schema + "." + table.name +
              " is not told exactly, and another row "
              "could have the same one and so the same document: column " +
              column.name + ": " + words.why + "; " + words.cure +
              ". Nothing of this transaction counts as read. Documents that were written under "
              "other keys stay until `sluice verify --repair`"};
}

KeyLoss PossibleLoss(const Column& column, const EncoderOptions& options, Fidelity fidelity) {
  const bool left_out = ChooseFormat(column, options, fidelity).render == nullptr;
  return left_out ? KeyLoss::kCompat : LossOfMode(column, options);
}

}  // namespace sluice::debezium
