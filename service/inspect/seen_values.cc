#include "service/inspect/seen_values.h"

#include <string_view>
#include <utility>

#include "adapters/debezium/json_text.h"
#include "service/inspect/render.h"
#include "service/text/json_writer.h"

namespace sluice::inspect {
namespace {

/// A string's content, any other value as it is written.
std::string TextOf(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return std::string(value);
  const std::string_view content = value.substr(1, value.size() - 2);
  std::string text;
  return debezium::AppendUnescaped(content, text) ? text : std::string(content);
}

}  // namespace

SeenValues::SeenValues(std::string what) : of_key_(what == "key"), name_(std::move(what)) {
  if (name_.starts_with('.')) name_.erase(0, 1);
}

bool SeenValues::Note(const OwnedRecord& record, const InspectedRecord& inspected) {
  std::string value;
  if (of_key_) {
    value = KeyText(inspected.description);
  } else if (!FieldOf(record, inspected, value)) {
    ++without_;
    return false;
  }
  if (counts_.size() == kValuesMax && !counts_.contains(value)) {
    ++others_;
    return false;
  }
  return ++counts_[value] == 1;
}

/// Of the document; where none is written, of the value itself.
bool SeenValues::FieldOf(const OwnedRecord& record, const InspectedRecord& inspected,
                         std::string& value) const {
  std::string_view object = inspected.write.document;
  if (object.empty() && record.value) object = *record.value;
  object = debezium::TrimSpace(object);
  if (!object.starts_with('{')) return false;
  debezium::MemberReader members(object);
  while (members.Next()) {
    if (!debezium::SameName(members.name(), name_)) continue;
    value = TextOf(members.value());
    return true;
  }
  return false;
}

std::string SeenValues::RenderText() const {
  std::string text = Printable(name_) + "s seen by this consumer:";
  if (counts_.empty()) text += " none";
  for (const auto& [value, count] : counts_) {
    if (text.back() != ':') text += ',';
    text += " " + Printable(value) + " " + std::to_string(count);
  }
  if (others_ > 0) text += ", others " + std::to_string(others_);
  if (without_ > 0) text += "; without one " + std::to_string(without_);
  return text;
}

std::string SeenValues::RenderJson() const {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.inspect.seen/1");
  json.Key("of").String(name_).Key("values").BeginObject();
  for (const auto& [value, count] : counts_) json.Key(value).Unsigned(count);
  json.EndObject().Key("others").Unsigned(others_).Key("without").Unsigned(without_).EndObject();
  return json.text();
}

}  // namespace sluice::inspect
