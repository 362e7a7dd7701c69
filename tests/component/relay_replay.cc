#include "tests/component/relay_replay.h"

#include <algorithm>

namespace sluice::testing {

ChangeHeader HeaderOf(const PublishedRecord& record) {
  return ParseChangeHeader(record.headers.at("sluice")).value();
}

namespace {

/// What a row becomes by a record: a value that is not told stays as it is, and is missing where
/// there is none.
void Apply(const std::string& value, const std::string& key,
           std::map<std::string, std::string>& rows) {
  if (value.front() == 'd') {
    rows.erase(key);
    return;
  }
  const std::string told = value.substr(value.find("v=", value.find('|')) + 2);
  if (told != "unchanged") {
    rows[key] = told;
  } else if (!rows.contains(key)) {
    rows[key] = "missing";
  }
}

}  // namespace

std::map<std::string, std::string> Replay(const std::vector<PublishedRecord>& log) {
  std::map<std::string, std::string> rows;
  for (const PublishedRecord& record : log) {
    if (record.value) Apply(*record.value, *record.key, rows);
  }
  return rows;
}

std::map<std::string, std::string> ReplayByVersion(std::vector<PublishedRecord> log,
                                                   std::mt19937& random) {
  std::erase_if(log, [](const PublishedRecord& record) { return !record.value; });
  std::shuffle(log.begin(), log.end(), random);
  std::stable_sort(log.begin(), log.end(), [](const auto& one, const auto& other) {
    return HeaderOf(one).version < HeaderOf(other).version;
  });
  return Replay(log);
}

void CommitSomething(FakeChangeLog& log, std::mt19937& random, bool hidden) {
  std::vector<StoredChange> changes;
  std::map<std::string, std::string> rows = log.rows();
  const auto pick = [&random](uint32_t most) { return random() % most; };
  for (uint64_t left = 1 + pick(5); left > 0; --left) {
    const std::string id = std::to_string(pick(8));
    const std::string value = "v" + std::to_string(random() % 1'000'000);
    const std::string other = std::to_string(pick(8));
    if (log.IsLocked(id) || log.IsLocked(other)) continue;
    if (!rows.contains(id)) {
      changes.push_back(log.Insert(id, value));
      rows[id] = value;
    } else if (pick(3) == 0) {
      changes.push_back(log.Delete(id));
      rows.erase(id);
    } else {
      const std::string& to = rows.contains(other) ? id : other;
      changes.push_back(log.Update(id, to, to == id && pick(3) == 0 ? kGap : value));
      rows.erase(id);
      rows[to] = value;
    }
  }
  if (!changes.empty()) log.Commit(changes, hidden);
}

}  // namespace sluice::testing
