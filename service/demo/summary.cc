#include "service/demo/summary.h"

#include <algorithm>

#include "service/text/json_writer.h"

namespace sluice::demo {
namespace {

constexpr size_t kIdsShown = 200;  // the rest stands in the JSON

std::string Line(const std::string& verb, const std::vector<int64_t>& ids, const char* note) {
  std::string line = verb + " " + std::to_string(ids.size()) + " users" + note + ":";
  for (size_t i = 0; i < std::min(ids.size(), kIdsShown); ++i) line += " " + std::to_string(ids[i]);
  if (ids.size() > kIdsShown) line += " and " + std::to_string(ids.size() - kIdsShown) + " more";
  return line + "\n";
}

void WriteIds(JsonWriter& json, const char* name, const std::vector<int64_t>& ids) {
  json.Key(name).BeginArray();
  for (const int64_t id : ids) json.Integer(id);
  json.EndArray();
}

}  // namespace

std::string RenderText(const Summary& summary) {
  std::vector<int64_t> updated;
  updated.reserve(summary.updated.size());
  for (const Summary::NewEmail& user : summary.updated) updated.push_back(user.id);
  return "database " + summary.database + " on " + summary.host + ", seed " +
         std::to_string(summary.seed) + (summary.complete ? "" : ", stopped early") + "\n" +
         Line("inserted", summary.inserted, "") + Line("updated", updated, " (new e-mail)") +
         Line("deleted", summary.deleted, "") + "orders: inserted " +
         std::to_string(summary.orders_inserted) + ", updated " +
         std::to_string(summary.orders_updated) + ", deleted " +
         std::to_string(summary.orders_deleted) + "\n" + std::to_string(summary.transactions) +
         " transactions, " + std::to_string(summary.transactions_of_several) +
         " of them with several changes\n";
}

std::string RenderJson(const Summary& summary) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.demo/1").Key("scenario").String("users");
  json.Key("database").String(summary.database).Key("host").String(summary.host);
  json.Key("seed").Unsigned(summary.seed).Key("complete").Boolean(summary.complete);
  json.Key("users").BeginObject();
  WriteIds(json, "inserted", summary.inserted);
  json.Key("updated").BeginArray();
  for (const Summary::NewEmail& user : summary.updated) {
    json.BeginObject().Key("id").Integer(user.id).Key("email").String(user.email).EndObject();
  }
  json.EndArray();
  WriteIds(json, "deleted", summary.deleted);
  json.EndObject().Key("orders").BeginObject();
  json.Key("inserted").Integer(summary.orders_inserted);
  json.Key("updated").Integer(summary.orders_updated);
  json.Key("deleted").Integer(summary.orders_deleted).EndObject();
  json.Key("transactions").Integer(summary.transactions);
  json.Key("transactions_of_several").Integer(summary.transactions_of_several).EndObject();
  return json.text() + "\n";
}

}  // namespace sluice::demo
