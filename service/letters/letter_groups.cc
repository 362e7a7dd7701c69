#include "service/letters/letter_groups.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "service/inspect/render.h"
#include "service/text/json_writer.h"

namespace sluice::letters {
namespace {

using Entry = std::pair<const LetterGroups::Cause*, const LetterGroup*>;

std::vector<Entry> LargestFirst(const LetterGroups& groups) {
  std::vector<Entry> entries;
  for (const auto& [cause, group] : groups.all()) entries.emplace_back(&cause, &group);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(b.second->count, *a.first) < std::tie(a.second->count, *b.first);
  });
  return entries;
}

std::string Place(const std::string& topic, int32_t partition, Offset offset) {
  return topic + "/" + std::to_string(partition) + ":" + std::to_string(offset.value);
}

std::string TextOr(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : inspect::Printable(text);
}

void WritePlaces(JsonWriter& json, const kafka::StoredLetter& letter) {
  json.Key("letter").BeginObject().Key("topic").String(letter.place.topic);
  json.Key("partition").Integer(letter.place.partition).Key("offset").Integer(letter.at.value);
  json.EndObject().Key("record").BeginObject();
  json.Key("topic").String(letter.record.stream.topic);
  json.Key("partition").Integer(letter.record.stream.partition);
  json.Key("offset").Integer(letter.record.offset.value).EndObject();
}

}  // namespace

std::string PlaceText(const kafka::StoredLetter& letter) {
  return Place(letter.place.topic, letter.place.partition, letter.at);
}

std::string RecordText(const kafka::StoredLetter& letter) {
  return Place(letter.record.stream.topic, letter.record.stream.partition, letter.record.offset);
}

std::string DocumentText(const kafka::StoredLetter& letter) {
  return letter.index.empty() ? "" : " " + letter.index + "/" + letter.id;
}

void LetterGroups::Add(kafka::StoredLetter letter) {
  ++count_;
  std::string place = letter.index.empty() ? letter.destination : letter.index;
  if (place.empty()) place = letter.record.stream.topic;
  LetterGroup& group = groups_[{std::move(place), letter.reason, letter.error_type}];
  group.first_ms = group.count == 0 ? letter.first_ms : std::min(group.first_ms, letter.first_ms);
  if (group.count == 0 || letter.last_ms >= group.last_ms) {
    group.last_ms = letter.last_ms;
    letter.record.key.reset();
    letter.record.value.reset();
    letter.record.headers.clear();
    group.example = std::move(letter);
  }
  ++group.count;
}

std::string RenderGroups(const LetterGroups& groups) {
  std::string text =
      std::to_string(groups.count()) + (groups.count() == 1 ? " dead letter\n" : " dead letters\n");
  for (const auto& [cause, group] : LargestFirst(groups)) {
    const auto& [index, reason, error_type] = *cause;
    text += "  " + std::to_string(group->count) + "  " + inspect::Printable(index) + "  " +
            inspect::Printable(reason);
    if (!error_type.empty()) text += " " + inspect::Printable(error_type);
    text += "\n      " + inspect::RenderTime(group->first_ms) + " to " +
            inspect::RenderTime(group->last_ms) + ", such as letter " + PlaceText(group->example) +
            " of record " + RecordText(group->example);
    if (!group->example.id.empty()) text += ", id " + inspect::Printable(group->example.id);
    text += "\n";
    if (!group->example.message.empty())
      text += "      " + inspect::Printable(group->example.message) + "\n";
  }
  return text;
}

std::string RenderGroupsJson(const LetterGroups& groups) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.dlq-list/1");
  json.Key("letters").Unsigned(groups.count()).Key("causes").BeginArray();
  for (const auto& [cause, group] : LargestFirst(groups)) {
    const auto& [index, reason, error_type] = *cause;
    json.BeginObject().Key("index").String(group->example.index);
    json.Key("destination").String(group->example.destination);
    json.Key("topic").String(group->example.record.stream.topic);
    json.Key("reason").String(reason).Key("error_type").String(error_type);
    json.Key("count").Unsigned(group->count);
    json.Key("first_ms").Integer(group->first_ms).Key("last_ms").Integer(group->last_ms);
    json.Key("example").BeginObject();
    WritePlaces(json, group->example);
    json.Key("id").String(group->example.id).Key("message").String(group->example.message);
    json.EndObject().EndObject();
  }
  json.EndArray().EndObject();
  return json.text() + "\n";
}

std::string RenderLetter(const kafka::StoredLetter& letter, bool values) {
  std::string text = "letter " + PlaceText(letter) + "\n";
  const auto line = [&text](const char* name, const std::string& value) {
    if (!value.empty()) text += "  " + std::string(name) + ": " + inspect::Printable(value) + "\n";
  };
  line("record", RecordText(letter));
  line("content", letter.original ? "original" : "reference: the record itself is not here");
  line("reason", letter.reason);
  line("error type", letter.error_type);
  line("message", letter.message);
  line("stage", letter.stage);
  line("index", letter.index);
  line("destination", letter.destination);
  line("id", letter.id);
  line("version", letter.version == 0 ? "" : std::to_string(letter.version));
  line("operation", letter.operation);
  line("attempts", std::to_string(letter.attempts));
  line("first", inspect::RenderTime(letter.first_ms));
  line("last", inspect::RenderTime(letter.last_ms));
  line("replaced offsets", letter.replaced);
  for (const Header& header : letter.record.headers)
    line(("header " + inspect::Printable(header.name)).c_str(), header.value.value_or("null"));
  if (values) {
    text += "  key: " + (letter.record.key ? TextOr(*letter.record.key, "\"\"") : "null") + "\n";
    text +=
        "  value: " + (letter.record.value ? TextOr(*letter.record.value, "\"\"") : "null") + "\n";
  }
  return text;
}

std::string RenderLetterJson(const kafka::StoredLetter& letter, bool values) {
  JsonWriter json;
  json.BeginObject();
  WritePlaces(json, letter);
  json.Key("content").String(letter.original ? "original" : "reference");
  json.Key("reason").String(letter.reason).Key("error_type").String(letter.error_type);
  json.Key("message").String(letter.message).Key("stage").String(letter.stage);
  json.Key("index").String(letter.index).Key("id").String(letter.id);
  json.Key("destination").String(letter.destination);
  json.Key("version").Integer(letter.version).Key("operation").String(letter.operation);
  json.Key("attempts").Integer(letter.attempts);
  json.Key("first_ms").Integer(letter.first_ms).Key("last_ms").Integer(letter.last_ms);
  json.Key("replaced").String(letter.replaced).Key("headers").BeginArray();
  for (const Header& header : letter.record.headers) {
    json.BeginArray().String(header.name);
    if (header.value) {
      json.String(inspect::Printable(*header.value));
    } else {
      json.Null();
    }
    json.EndArray();
  }
  json.EndArray();
  // The record as `sluice inspect --save` writes it.
  if (values) json.Key("saved").Raw(inspect::RenderSaved(letter.record));
  json.EndObject();
  return json.text();
}

}  // namespace sluice::letters
