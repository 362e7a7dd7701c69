#include "adapters/elasticsearch/index_bodies.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "adapters/elasticsearch/stub.h"
#include "core/operations/json_string.h"

namespace sluice::elasticsearch {
namespace {

/// Texts are searched as words and filtered, sorted and aggregated whole, by the two names that
/// users of the servers' own default know: `field` and `field.keyword`. Unlike there, a whole value
/// counts up to 8191 characters (the longest that fits the 32,766 bytes of a term in any script),
/// a text that looks like a date stays a text (the first row must not decide the type of the
/// column), and a number with a fraction is searched as a double, not a float.
constexpr std::string_view kDateDetection = R"("date_detection":false)";
constexpr std::string_view kDynamicTemplates =
    R"("dynamic_templates":[{"strings":{"match_mapping_type":"string",)"
    R"("mapping":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":8191}}}}},)"
    R"({"fractions":{"match_mapping_type":"double","mapping":{"type":"double"}}}])";

/// The members of a JSON object without its braces.
std::string_view Members(std::string_view object) {
  const size_t open = object.find('{');
  const size_t close = object.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open) return {};
  const std::string_view inside = object.substr(open + 1, close - open - 1);
  return inside.find_first_not_of(" \t\r\n") == std::string_view::npos ? std::string_view()
                                                                       : inside;
}

/// Whether the object has a member of that name, at its top or (settings) below `index`.
bool Names(const std::string& json, std::string_view name) {
  simdjson::dom::parser parser;
  simdjson::dom::element top;
  if (parser.parse(json).get(top) != simdjson::SUCCESS) return false;
  simdjson::dom::element found;
  if (top[name].get(found) == simdjson::SUCCESS) return true;
  if (top["index." + std::string(name)].get(found) == simdjson::SUCCESS) return true;
  return top["index"][name].get(found) == simdjson::SUCCESS;
}

std::string Joined(std::string_view first, std::string_view second) {
  std::string both(first);
  if (!first.empty() && !second.empty()) both += ',';
  return both.append(second);
}

using simdjson::dom::element;
using simdjson::dom::object;

/// The members of the mappings that the settings ask for, with the fields of stubs in `properties`.
std::string WithStubFields(const std::string& mappings) {
  const std::string fields(kStubFields);
  simdjson::dom::parser parser;
  object top;
  std::string members;
  bool told = false;
  if (parser.parse(mappings).get(top) == simdjson::SUCCESS) {
    for (const auto& [key, value] : top) {
      std::string member = "\"";
      AppendJsonEscaped(key, member);
      const std::string text = simdjson::minify(value);
      member += "\":";
      member += key == "properties" ? "{" + Joined(fields, Members(text)) + "}" : text;
      told = told || key == "properties";
      members = Joined(members, member);
    }
  }
  return told ? members : Joined(members, "\"properties\":{" + fields + "}");
}

/// A text member below an object, empty when it is not there.
std::string TextAt(const element& from, std::string_view pointer) {
  std::string_view text;
  if (from.at_pointer(pointer).get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

}  // namespace

// Names are checked, but may hold a percent sign or letters of any script.
std::string UrlEscaped(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                       c == '_' || c == '~';
    if (plain) {
      escaped.push_back(c);
    } else {
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

std::string AddAlias(const std::string& backing, const std::string& alias,
                     const Settings& settings) {
  std::string request = "POST /_aliases {\"actions\":[{\"add\":{\"index\":\"" + backing +
                        "\",\"alias\":\"" + alias + "\",\"is_write_index\":true";
  if (settings.soft_deletes) request.append(",\"filter\":").append(kStubFilter);
  return request + "}}]}";
}

std::string BackingName(const std::string& alias) {
  return alias + "-000001";
}

std::string CreatePath(const std::string& alias) {
  return "/" + UrlEscaped(BackingName(alias));
}

std::string IndexPath(std::string_view name) {
  return "/" + UrlEscaped(name);
}

std::string InspectPath(std::string_view name) {
  return IndexPath(name) +
         "?filter_path=*.aliases,*.settings.index.uuid,*.settings.index.gc_deletes,"
         "*.settings.index.default_pipeline,*.settings.index.final_pipeline,"
         "*.settings.index.history.uuid,*.settings.index.number_of_shards";
}

/// In whole minutes, as the node writes them.
std::string GcDeletes(const Settings& settings) {
  const int64_t ms = std::max(kGcDeletesCreatedMs, settings.gc_deletes_least_ms);
  return std::to_string((ms + 59'999) / 60'000) + "m";
}

std::string CreateIndexBody(std::string_view alias, const Settings& settings) {
  const std::string_view own_settings = Members(settings.index_settings);
  const std::string own_mappings = settings.soft_deletes
                                       ? WithStubFields(settings.index_mappings)
                                       : std::string(Members(settings.index_mappings));
  std::string body = "{\"settings\":{";
  body += Joined(Names(settings.index_settings, "gc_deletes")
                     ? ""
                     : "\"index.gc_deletes\":\"" + GcDeletes(settings) + "\"",
                 own_settings);
  body += "},\"mappings\":{";
  body +=
      Joined(Joined(Names(settings.index_mappings, "date_detection") ? "" : kDateDetection,
                    Names(settings.index_mappings, "dynamic_templates") ? "" : kDynamicTemplates),
             own_mappings);
  body += "},\"aliases\":{\"";
  AppendJsonEscaped(alias, body);
  body += "\":{\"is_write_index\":true";
  if (settings.soft_deletes) body.append(",\"filter\":").append(kStubFilter);
  return body + "}}}";
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
    existing.uuid = TextAt(index, "/settings/index/uuid");
    existing.history_uuid = TextAt(index, "/settings/index/history/uuid");
    existing.shards = std::atoll(TextAt(index, "/settings/index/number_of_shards").c_str());
    object aliases;
    if (index["aliases"].get(aliases) == simdjson::SUCCESS) {
      for (const auto& [alias_name, entry] : aliases) {
        bool write = false;
        if (alias_name != alias) continue;
        existing.has_alias = true;
        if (entry["is_write_index"].get(write) == simdjson::SUCCESS) existing.write_index = write;
        element filter;
        existing.hides_stubs = entry["filter"].get(filter) == simdjson::SUCCESS &&
                               simdjson::minify(filter).find("sluice_deleted") != std::string::npos;
      }
    }
    found.push_back(std::move(existing));
  }
  return found;
}

const ExistingIndex* WriteIndexOf(const std::vector<ExistingIndex>& existing) {
  const ExistingIndex* chosen = nullptr;
  for (const ExistingIndex& candidate : existing)
    if (candidate.has_alias && candidate.write_index.value_or(existing.size() == 1))
      chosen = &candidate;
  return chosen;
}

std::string RefusalOf(const std::string& alias, const std::vector<ExistingIndex>& existing,
                      const Settings& settings) {
  if (existing.size() == 1 && existing.front().backing == alias)
    return "it is an index, not an alias, so that a rebuild could not swap it and a deleted one "
           "would come back empty; reindex it to " +
           BackingName(alias) + " and put the alias " + alias +
           " onto that, or map the topic to another name with index.names";
  const bool is_alias = std::any_of(existing.begin(), existing.end(),
                                    [](const ExistingIndex& index) { return index.has_alias; });
  if (!is_alias)
    return "it is a data stream, not an alias, and takes no versioned writes; map the topic to "
           "another name with index.names";
  const ExistingIndex* write = WriteIndexOf(existing);
  if (write == nullptr)
    return "the alias stands for " + std::to_string(existing.size()) +
           (existing.size() == 1 ? " index" : " indices") +
           " and none is its write index; set is_write_index to true on one of them";
  if (!write->pipeline.empty() && !settings.allow_pipelines)
    return "index " + write->backing + " has the ingest pipeline " + write->pipeline +
           ", which could change or drop documents; remove it, or set index.allow_pipelines";
  if (settings.soft_deletes && !write->hides_stubs)
    return "the alias " + alias +
           " would show stubs of deleted rows, which index.deletes: soft leaves; PUT /" +
           write->backing + "/_mapping {\"properties\":{" + std::string(kStubFields) + "}} and " +
           AddAlias(write->backing, alias, settings);
  if (!settings.soft_deletes && write->hides_stubs)
    return "index " + write->backing +
           " was written with index.deletes: soft, and what its stubs hold would be lost; set "
           "index.deletes to soft, or fill a new index with `sluice rebuild " +
           alias + "`";
  if (!settings.soft_deletes && write->gc_deletes_ms < settings.gc_deletes_least_ms)
    return "index " + write->backing + " remembers deletes for " +
           std::to_string(write->gc_deletes_ms / 1000) +
           " s only, so that a late copy of an old write could bring a deleted document back; "
           "PUT /" +
           write->backing + "/_settings {\"index.gc_deletes\":\"" + GcDeletes(settings) + "\"}";
  return {};
}

}  // namespace sluice::elasticsearch
