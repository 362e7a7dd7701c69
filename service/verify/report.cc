#include "service/verify/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "service/text/json_writer.h"

namespace sluice::verify {
namespace {

std::string Counted(uint64_t count, const char* what) {
  return std::to_string(count) + " " + what;
}

std::string Seconds(int64_t us) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(us) / 1e6);
  return {text.data(), static_cast<size_t>(size)};
}

/// Ids come from rows: what is no printable character is told by a question mark.
std::string Printed(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string KeyText(const Key& key) {
  std::string text = "(";
  for (const std::string& part : key) text += (text.size() > 1 ? ", " : "") + part;
  return Printed(text + ")");
}

void WriteKey(JsonWriter& json, const Key& key) {
  json.BeginArray();
  for (const std::string& part : key) json.String(part);
  json.EndArray();
}

std::string Line(const Difference& difference, const ReportStyle& style) {
  std::string line = "  " + std::string(DifferenceName(difference.kind));
  line.resize(14, ' ');
  line += Printed(difference.name.id);
  if (difference.version != 0) line += "  v" + std::to_string(difference.version);
  if (difference.kind == Difference::Kind::kShared) {
    return line + "  is the document of the rows " + KeyText(difference.key) + " and " +
           KeyText(difference.other_key) + "\n";
  }
  const char* separator = "  ";
  for (const FieldDifference& field : difference.fields) {
    line += separator + Printed(field.name);
    separator = style.values ? "; " : ", ";
    if (!style.values) continue;
    line += " is " + Printed(field.stored.value_or("missing")) + ", to be " +
            Printed(field.expected.value_or("missing"));
  }
  return line + "\n";
}

void WriteText(JsonWriter& json, const char* key, const std::optional<std::string>& text) {
  json.Key(key);
  if (text) {
    json.String(*text);
  } else {
    json.Null();
  }
}

void WriteDifference(JsonWriter& json, const Difference& difference, const ReportStyle& style) {
  json.BeginObject().Key("kind").String(DifferenceName(difference.kind));
  json.Key("id").String(difference.name.id).Key("version");
  if (difference.version != 0) {
    json.Integer(difference.version);
  } else {
    json.Null();
  }
  if (difference.kind == Difference::Kind::kShared) {
    json.Key("keys").BeginArray();
    WriteKey(json, difference.key);
    WriteKey(json, difference.other_key);
    json.EndArray();
  }
  json.Key("fields").BeginArray();
  for (const FieldDifference& field : difference.fields) {
    json.BeginObject().Key("name").String(field.name);
    if (style.values) {
      WriteText(json, "expected", field.expected);
      WriteText(json, "stored", field.stored);
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteTable(JsonWriter& json, const TableReport& report, const ReportStyle& style) {
  const TableResult& result = report.result;
  json.BeginObject().Key("table").String(report.table).Key("index").String(report.index);
  json.Key("rows").Unsigned(result.rows).Key("ranges").Unsigned(result.ranges);
  json.Key("ranges_unequal").Unsigned(result.ranges_unequal).Key("ids").Unsigned(result.ids);
  json.Key("suspects").Unsigned(result.suspects).Key("missing").Unsigned(result.missing);
  json.Key("extra").Unsigned(result.extra).Key("different").Unsigned(result.different);
  json.Key("different_by_new_columns").Unsigned(result.unwritten);
  json.Key("shared").Unsigned(result.shared);
  json.Key("still_changing").Unsigned(result.changing);
  json.Key("repaired").Boolean(result.repaired).Key("healed").Unsigned(result.healed);
  json.Key("obstacles").BeginArray();
  for (const std::string& obstacle : result.obstacles) json.String(obstacle);
  json.EndArray().Key("differences").BeginArray();
  const size_t listed = std::min(style.listed, result.differences.size());
  for (size_t i = 0; i < listed; ++i) WriteDifference(json, result.differences[i], style);
  json.EndArray().Key("still_changing_ids").BeginArray();
  for (size_t i = 0; i < std::min(style.listed, result.changing_ids.size()); ++i) {
    json.String(result.changing_ids[i]);
  }
  json.EndArray();
  WriteText(json, "error", report.error.empty() ? std::nullopt : std::optional(report.error));
  WriteText(json, "skipped", report.skipped.empty() ? std::nullopt : std::optional(report.skipped));
  json.Key("seconds").Number(static_cast<double>(report.took_us) / 1e6).EndObject();
}

}  // namespace

bool IsEqual(const TableReport& report) {
  return report.error.empty() && report.result.differing() == 0 && report.result.changing == 0;
}

std::string RenderText(const TableReport& report, const ReportStyle& style) {
  const TableResult& result = report.result;
  const std::string head = report.table + ": ";
  if (!report.skipped.empty()) return head + "left out: " + report.skipped + "\n";
  std::string text = head + Counted(result.rows, "rows") + " against " + report.index + " in " +
                     Seconds(report.took_us) + ": ";
  if (result.differing() > 0) {
    text += Counted(result.missing, "missing, ") + Counted(result.extra, "extra, ") +
            Counted(result.different, "different");
    if (result.shared > 0) text += ", " + Counted(result.shared, "shared");
  } else {
    text += IsEqual(report) ? "equal" : "no difference so far";
  }
  if (result.repaired) text += ", " + Counted(result.healed, "healed");
  if (result.changing > 0) {
    text += ", " + Counted(result.changing, "still changing: whether they differ is not known");
  }
  text += "\n";
  const size_t listed = std::min(style.listed, result.differences.size());
  for (size_t i = 0; i < listed; ++i) text += Line(result.differences[i], style);
  if (result.differing() > listed) {
    text += "  … and " + std::to_string(result.differing() - listed) + " more\n";
  }
  if (result.unwritten > 0) {
    text += "  " + std::to_string(result.unwritten) +
            " of them only lack fields that are null, as rows do that were not written since a "
            "column was added: `sluice capture signal execute-snapshot " +
            report.table + "` tells all rows anew, --repair these\n";
  }
  for (const std::string& obstacle : result.obstacles) text += "  not healed: " + obstacle + "\n";
  if (!report.error.empty()) text += "  not compared to the end: " + report.error + "\n";
  return text;
}

std::string RenderJson(const std::vector<TableReport>& reports, const ReportStyle& style) {
  const auto compared = [](const TableReport& report) { return report.skipped.empty(); };
  const bool equal = std::any_of(reports.begin(), reports.end(), compared) &&
                     std::all_of(reports.begin(), reports.end(), IsEqual);
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.verify/1").Key("equal").Boolean(equal);
  json.Key("tables").BeginArray();
  for (const TableReport& report : reports) WriteTable(json, report, style);
  json.EndArray().EndObject();
  return json.text() + "\n";
}

}  // namespace sluice::verify
