#include "adapters/elasticsearch/index_bodies.h"

#include <simdjson.h>

#include <charconv>

#include "adapters/elasticsearch/json_escape.h"

namespace sluice::elasticsearch {
namespace {

/// Texts are searched as words and filtered, sorted and aggregated whole, by the two names that
/// users of the servers' own default know: `field` and `field.keyword`. Unlike there, a whole value
/// counts up to 8191 characters (the longest that fits the 32,766 bytes of a term in any script),
/// and a text that looks like a date stays a text: the first row must not decide the type of the
/// column.
constexpr std::string_view kDynamicTemplates =
    R"("date_detection":false,"dynamic_templates":[{"strings":{"match_mapping_type":"string",)"
    R"("mapping":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":8191}}}}}])";

/// The members of a JSON object without its braces.
std::string_view Members(std::string_view object) {
  const size_t open = object.find('{');
  const size_t close = object.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open) return {};
  const std::string_view inside = object.substr(open + 1, close - open - 1);
  return inside.find_first_not_of(" \t\r\n") == std::string_view::npos ? std::string_view()
                                                                       : inside;
}

std::string Joined(std::string_view first, std::string_view second) {
  std::string both(first);
  if (!first.empty() && !second.empty()) both += ',';
  return both.append(second);
}

using simdjson::dom::element;
using simdjson::dom::object;

/// A text member below an object, empty when it is not there.
std::string TextAt(const element& from, std::string_view pointer) {
  std::string_view text;
  if (from.at_pointer(pointer).get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

}  // namespace

std::string CreateIndexBody(std::string_view alias, const Settings& settings) {
  const std::string_view own_settings = Members(settings.index_settings);
  const std::string_view own_mappings = Members(settings.index_mappings);
  const bool keeps_deletes = own_settings.find("gc_deletes") == std::string_view::npos;
  const bool templates = own_mappings.find("\"dynamic_templates\"") == std::string_view::npos;
  std::string body = "{\"settings\":{";
  body += Joined(keeps_deletes ? "\"index.gc_deletes\":\"" +
                                     std::to_string(kGcDeletesCreatedMs / 60'000) + "m\""
                               : "",
                 own_settings);
  body += "},\"mappings\":{";
  body += Joined(templates ? kDynamicTemplates : "", own_mappings);
  body += "},\"aliases\":{\"";
  AppendEscaped(alias, body);
  body += "\":{\"is_write_index\":true}}}";
  return body;
}

std::optional<int64_t> ReadDurationMs(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < -1) return std::nullopt;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (unit.empty() || unit == "ms") return number;
  if (unit == "s") return number * 1000;
  if (unit == "m") return number * 60'000;
  if (unit == "h") return number * 3'600'000;
  if (unit == "d") return number * 86'400'000;
  if (unit == "micros" || unit == "nanos") return 0;
  return std::nullopt;
}

std::optional<std::vector<ExistingIndex>> ReadExisting(const std::string& reply,
                                                       std::string_view alias) {
  simdjson::dom::parser parser;  // a small reply, read once per index: a tree is simplest
  object indices;
  if (parser.parse(reply).get(indices) != simdjson::SUCCESS) return std::nullopt;
  std::vector<ExistingIndex> found;
  for (const auto& [name, index] : indices) {
    ExistingIndex existing;
    existing.backing = name;
    if (const auto ms = ReadDurationMs(TextAt(index, "/settings/index/gc_deletes")))
      existing.gc_deletes_ms = *ms;
    existing.pipeline = TextAt(index, "/settings/index/default_pipeline");
    if (existing.pipeline.empty() || existing.pipeline == "_none")
      existing.pipeline = TextAt(index, "/settings/index/final_pipeline");
    if (existing.pipeline == "_none") existing.pipeline.clear();
    object aliases;
    if (index["aliases"].get(aliases) == simdjson::SUCCESS) {
      for (const auto& [alias_name, entry] : aliases) {
        bool write = false;
        if (alias_name == alias && entry["is_write_index"].get(write) == simdjson::SUCCESS)
          existing.write_index = write;
      }
    }
    found.push_back(std::move(existing));
  }
  return found;
}

}  // namespace sluice::elasticsearch
