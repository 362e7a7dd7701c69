#include "adapters/debezium/source_block.h"

#include <charconv>
#include <cstring>

namespace sluice::debezium {
namespace {

std::string_view MarkText(SnapshotMark mark) {
  switch (mark) {
    case SnapshotMark::kNone: return "false";
    case SnapshotMark::kFirst: return "first";
    case SnapshotMark::kFirstInTable: return "first_in_data_collection";
    case SnapshotMark::kRow: return "true";
    case SnapshotMark::kLastInTable: return "last_in_data_collection";
    case SnapshotMark::kLast: return "last";
    case SnapshotMark::kIncremental: return "incremental";
  }
  return "false";
}

/// A count of small units as text, of which the counts of greater units are the beginnings.
struct Count {
  explicit Count(int64_t number) {
    size = static_cast<size_t>(std::to_chars(text, text + sizeof(text), number).ptr - text);
    positive = number >= 0;
    value = number;
  }
  /// Appends the count divided by 10^`digits`, rounded down.
  void AppendWithout(size_t digits, TextBuffer& out) const {
    if (positive && size > digits) [[likely]]
      return out.Append({text, size - digits});
    int64_t power = 1;
    for (size_t i = 0; i < digits; ++i) power *= 10;
    out.AppendInteger(value / power - (value % power < 0 ? 1 : 0));
  }

  char text[24];
  size_t size;
  bool positive;
  int64_t value;
};

}  // namespace

void AppendTransactionId(uint32_t transaction_id, Lsn lsn, TextBuffer& out) {
  out.Put('"');
  out.AppendUnsigned(transaction_id);
  out.Put(':');
  out.AppendUnsigned(lsn.value);
  out.Put('"');
}

void AppendSource(const SourceParts& parts, const ChangeContext& context, TextBuffer& out) {
  const Count micros(context.commit_us);
  out.Append(parts.head);
  micros.AppendWithout(3, out);
  out.Append(",\"snapshot\":\"");
  out.Append(MarkText(context.mark));
  out.Append(parts.mid);
  if (context.last_commit) {
    out.Append("\\\"");
    out.AppendUnsigned(context.last_commit->value);
    out.Append("\\\",\\\"");
  } else {
    out.Append("null,\\\"");
  }
  out.AppendUnsigned(context.lsn.value);
  out.Append("\\\"]\",\"ts_us\":");
  micros.AppendWithout(0, out);
  out.Append(",\"ts_ns\":");
  micros.AppendWithout(0, out);
  if (context.commit_us != 0) out.Append("000");
  out.Append(parts.table);
  const bool incremental = context.mark == SnapshotMark::kIncremental;
  if (context.transaction_id && !incremental) {
    out.AppendUnsigned(*context.transaction_id);
  } else {
    out.Append("null");
  }
  out.Append(",\"lsn\":");
  if (incremental) {
    out.Append("null");
  } else {
    out.AppendUnsigned(context.lsn.value);
  }
  out.Append(",\"xmin\":null,\"origin\":null,\"origin_lsn\":null}");
}

void AppendPlace(const ChangeContext& context, TextBuffer& out) {
  if (!context.place || !context.transaction_id) return out.Append("null");
  out.Append("{\"id\":");
  AppendTransactionId(*context.transaction_id, context.lsn, out);
  out.Append(",\"total_order\":");
  out.AppendUnsigned(context.place->total_order);
  out.Append(",\"data_collection_order\":");
  out.AppendUnsigned(context.place->table_order);
  out.Put('}');
}

void AppendClock(int64_t now_ns, TextBuffer& out) {
  const Count nanos(now_ns);
  out.Append(",\"ts_ms\":");
  nanos.AppendWithout(6, out);
  out.Append(",\"ts_us\":");
  nanos.AppendWithout(3, out);
  out.Append(",\"ts_ns\":");
  nanos.AppendWithout(0, out);
}

}  // namespace sluice::debezium
