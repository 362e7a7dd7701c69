#include "service/convert/connector_json.h"

#include <simdjson.h>

#include <set>

namespace sluice::convert {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr size_t kSettingsMax = 10'000;

Result<std::string> TextOf(const std::string& name, const element& value) {
  switch (value.type()) {
    case element_type::STRING: return std::string(std::string_view(value));
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
    case element_type::BOOL: return simdjson::minify(value);
    case element_type::NULL_VALUE: return std::string();
    case element_type::ARRAY:
    case element_type::OBJECT: break;
  }
  return Error{name + ": expected a text, as every setting of a connector is", ""};
}

Status ReadSettings(const simdjson::dom::object& object, Connector& connector) {
  std::set<std::string> seen;
  for (const auto& member : object) {
    std::string name(member.key);
    if (!seen.insert(name).second) return Error{name + ": this name stands here twice", ""};
    if (seen.size() > kSettingsMax) return Error{"over 10000 settings; is it a connector?", ""};
    if (member.value.is_null()) continue;
    auto text = TextOf(name, member.value);
    if (!text) return text.error();
    connector.settings.emplace_back(std::move(name), std::move(*text));
  }
  return {};
}

}  // namespace

Result<Connector> ReadConnector(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(root); error) {
    return Error{std::string("not JSON: ") + simdjson::error_message(error), ""};
  }
  simdjson::dom::object object;
  if (root.get_object().get(object)) return Error{"expected a JSON object", ""};
  Connector connector;
  simdjson::dom::object config;
  if (!object["config"].get_object().get(config)) {
    std::string_view name;
    if (!object["name"].get_string().get(name)) connector.name = name;
    object = config;
  }
  if (const Status status = ReadSettings(object, connector); !status) return status.error();
  return connector;
}

}  // namespace sluice::convert
