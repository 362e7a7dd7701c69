#include "adapters/debezium/geometry_values.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/java_floats.h"
#include "adapters/debezium/scalar_values.h"

namespace sluice::debezium {
namespace {

constexpr uint32_t kWkbPoint = 1;
constexpr uint32_t kWkbLineString = 2;
constexpr uint32_t kWkbPolygon = 3;

struct Point {
  double x = 0;
  double y = 0;
};

void PutWord(uint64_t word, size_t bytes, std::string& wkb) {
  for (size_t i = 0; i < bytes; ++i) wkb += static_cast<char>(word >> (8 * i));
}

void PutHeader(uint32_t kind, std::string& wkb) {
  wkb.assign(1, '\x01');  // lowest byte first
  PutWord(kind, 4, wkb);
}

void PutPoint(Point point, std::string& wkb) {
  PutWord(std::bit_cast<uint64_t>(point.x), 8, wkb);
  PutWord(std::bit_cast<uint64_t>(point.y), 8, wkb);
}

/// Overwrites the number of points, which is known behind them.
void SetWord(uint32_t word, size_t at, std::string& wkb) {
  for (size_t i = 0; i < 4; ++i) wkb[at + i] = static_cast<char>(word >> (8 * i));
}

bool Take(char wanted, std::string_view& text) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeDouble(std::string_view& text, double& number) {
  const size_t size = text.find_first_of(",()[]<>{}");
  if (!ReadDouble(text.substr(0, size), number)) return false;
  text.remove_prefix(size == std::string_view::npos ? text.size() : size);
  return true;
}

bool TakePoint(std::string_view& text, Point& point) {
  return Take('(', text) && TakeDouble(text, point.x) && Take(',', text) &&
         TakeDouble(text, point.y) && Take(')', text);
}

/// Points with commas between them, appended to `wkb`; `first` and `last` of them.
bool TakePoints(std::string_view& text, std::string& wkb, uint32_t& count, Point& first,
                Point& last) {
  do {
    if (!TakePoint(text, last)) return false;
    if (count == 0) first = last;
    PutPoint(last, wkb);
    ++count;
  } while (Take(',', text));
  return true;
}

void AppendWkb(std::string_view wkb, TextBuffer& out) {
  out.Put('"');
  AppendBase64(wkb, Base64Alphabet::kStandard, out);
  out.Put('"');
}

void AppendPoint(Point point, ValueSink& sink) {
  PutHeader(kWkbPoint, sink.bytes);
  PutPoint(point, sink.bytes);
  sink.out.Append("{\"x\":");
  AppendDouble(point.x, sink.out);
  sink.out.Append(",\"y\":");
  AppendDouble(point.y, sink.out);
  sink.out.Append(",\"wkb\":");
  AppendWkb(sink.bytes, sink.out);
  sink.out.Append(",\"srid\":null}");
}

bool ReadBox(std::string_view text, std::string& wkb) {
  Point high;
  Point low;
  if (!TakePoint(text, high) || !Take(',', text) || !TakePoint(text, low)) return false;
  PutHeader(kWkbPolygon, wkb);
  PutWord(1, 4, wkb);
  PutWord(5, 4, wkb);
  PutPoint(high, wkb);
  PutPoint({high.x, low.y}, wkb);
  PutPoint(low, wkb);
  PutPoint({low.x, high.y}, wkb);
  PutPoint(high, wkb);
  return text.empty();
}

/// lseg and path: a line through points, in brackets that say whether it is closed.
bool ReadLine(std::string_view text, std::string& wkb, bool& closed) {
  closed = text.starts_with('(');
  if (!closed && !text.starts_with('[')) return false;
  text.remove_prefix(1);
  PutHeader(kWkbLineString, wkb);
  const size_t count_at = wkb.size();
  PutWord(0, 4, wkb);
  uint32_t count = 0;
  Point first;
  Point last;
  if (!TakePoints(text, wkb, count, first, last)) return false;
  SetWord(count, count_at, wkb);
  return Take(closed ? ')' : ']', text) && text.empty();
}

/// `ring_as_it_is`: no point was added, so that a polygon without its last one is told the same.
bool ReadPolygon(std::string_view text, std::string& wkb, bool& ring_as_it_is) {
  PutHeader(kWkbPolygon, wkb);
  PutWord(1, 4, wkb);
  const size_t count_at = wkb.size();
  PutWord(0, 4, wkb);
  uint32_t count = 0;
  Point first;
  Point last;
  if (!Take('(', text) || !TakePoints(text, wkb, count, first, last)) return false;
  // A ring ends where it began.
  const bool open = first.x != last.x || first.y != last.y;
  ring_as_it_is = count > 1 && !open;
  if (count > 1 && open) {
    PutPoint(first, wkb);
    ++count;
  }
  SetWord(count, count_at, wkb);
  return Take(')', text) && text.empty();
}

void AppendShape(std::string_view type, std::string_view closed, ValueSink& sink) {
  sink.out.Append("{\"wkb\":");
  AppendWkb(sink.bytes, sink.out);
  sink.out.Append(",\"srid\":null,\"extensions\":{\"type\":\"");
  sink.out.Append(type);
  sink.out.Append("\"");
  if (!closed.empty()) {
    sink.out.Append(",\"closed\":\"");
    sink.out.Append(closed);
    sink.out.Append("\"");
  }
  sink.out.Append("}}");
}

}  // namespace

bool RenderPoint(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  Point point;
  if (!TakePoint(text, point) || !text.empty()) return false;
  AppendPoint(point, sink);
  return true;
}

bool RenderShape(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  bool closed = false;
  if (format.type == ColumnType::kBox) {
    if (!ReadBox(text, sink.bytes)) return false;
    AppendShape("box", "", sink);
  } else if (format.type == ColumnType::kPolygon) {
    if (!ReadPolygon(text, sink.bytes, closed)) return false;
    if (closed) sink.Lose(KeyLoss::kRing);
    AppendShape("polygon", "", sink);
  } else if (format.type == ColumnType::kLineSegment) {
    if (!ReadLine(text, sink.bytes, closed) || closed) return false;
    AppendShape("lseg", "", sink);
  } else {
    if (!ReadLine(text, sink.bytes, closed)) return false;
    AppendShape("path", closed ? "true" : "false", sink);
  }
  return true;
}

bool RenderCircle(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  Point center;
  double radius = 0;
  if (!Take('<', text) || !TakePoint(text, center) || !Take(',', text) ||
      !TakeDouble(text, radius) || text != ">") {
    return false;
  }
  sink.out.Append("{\"center\":");
  AppendPoint(center, sink);
  sink.out.Append(",\"radius\":");
  AppendDouble(radius, sink.out);
  sink.out.Put('}');
  return true;
}

bool RenderLine(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  double a = 0;
  double b = 0;
  double c = 0;
  if (!Take('{', text) || !TakeDouble(text, a) || !Take(',', text) || !TakeDouble(text, b) ||
      !Take(',', text) || !TakeDouble(text, c) || text != "}") {
    return false;
  }
  sink.out.Append("{\"a\":");
  AppendDouble(a, sink.out);
  sink.out.Append(",\"b\":");
  AppendDouble(b, sink.out);
  sink.out.Append(",\"c\":");
  AppendDouble(c, sink.out);
  sink.out.Put('}');
  return true;
}

bool RenderPostgis(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  constexpr size_t kBytesMin = 9;
  constexpr uint32_t kHasSrid = 0x20000000;
  if (!DecodeHex(text, sink.bytes) || sink.bytes.size() < kBytesMin) return false;
  const bool lowest_first = sink.bytes[0] != 0;
  const auto word = [&](size_t at) {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; ++i) {
      const auto byte = static_cast<unsigned char>(sink.bytes[at + (lowest_first ? 3 - i : i)]);
      number = number << 8 | byte;
    }
    return number;
  };
  sink.out.Append("{\"wkb\":");
  AppendWkb(sink.bytes, sink.out);
  sink.out.Append(",\"srid\":");
  if ((word(1) & kHasSrid) != 0) {
    sink.out.AppendInteger(static_cast<int32_t>(word(5)));
  } else {
    sink.out.Append("null");
  }
  // Geography has no third member.
  sink.out.Append(format.type == ColumnType::kGeometry ? ",\"extensions\":null}" : "}");
  return true;
}

bool RenderVector(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  if (!text.starts_with('[') || !text.ends_with(']') || text.size() < 2) return false;
  text = text.substr(1, text.size() - 2);
  sink.out.Put('[');
  for (bool first = true; !text.empty(); first = false) {
    if (!first) {
      if (!Take(',', text)) return false;
      sink.out.Put(',');
    }
    const size_t size = text.find(',');
    const std::string_view number = text.substr(0, size);
    const bool good = format.type == ColumnType::kHalfVector ? AppendFloat32(number, sink.out)
                                                             : AppendFloat64(number, sink.out);
    if (!good) return false;
    text.remove_prefix(number.size());
  }
  sink.out.Put(']');
  return true;
}

bool RenderSparseVector(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  const size_t end = text.rfind("}/");
  if (!text.starts_with('{') || end == std::string_view::npos) return false;
  sink.out.Append("{\"dimensions\":");
  if (!RenderInteger(text.substr(end + 2), format, sink)) return false;
  sink.out.Append(",\"vector\":[");
  text = text.substr(1, end - 1);
  for (bool first = true; !text.empty(); first = false) {
    if (!first) {
      if (!Take(',', text)) return false;
      sink.out.Put(',');
    }
    const std::string_view pair = text.substr(0, text.find(','));
    const size_t colon = pair.find(':');
    if (colon == std::string_view::npos) return false;
    sink.out.Put('[');
    if (!RenderInteger(pair.substr(0, colon), format, sink)) return false;
    sink.out.Put(',');
    if (!AppendFloat64(pair.substr(colon + 1), sink.out)) return false;
    sink.out.Put(']');
    text.remove_prefix(pair.size());
  }
  sink.out.Append("]}");
  return true;
}

}  // namespace sluice::debezium
