#include "tests/component/relay_replay.h"

#include <algorithm>

namespace sluice::testing {

ChangeHeader HeaderOf(const PublishedRecord& record) {
  return ParseChangeHeader(record.headers.at("sluice")).value();
}

std::map<std::string, std::string> Replay(const std::vector<PublishedRecord>& log) {
  std::map<std::string, std::string> rows;
  for (const PublishedRecord& record : log) {
    if (!record.value || record.value->front() == 'd') {
      rows.erase(*record.key);
    } else {
      rows[*record.key] = record.value->substr(record.value->find("v=") + 2);
    }
  }
  return rows;
}

std::map<std::string, std::string> ReplayByVersion(std::vector<PublishedRecord> log,
                                                   std::mt19937& random) {
  std::shuffle(log.begin(), log.end(), random);
  std::map<std::string, std::pair<int64_t, std::string>> best;
  for (const PublishedRecord& record : log) {
    if (!record.value) continue;  // repeats its delete
    auto& [version, value] = best[*record.key];
    if (HeaderOf(record).version <= version) continue;
    version = HeaderOf(record).version;
    const bool gone = record.value->front() == 'd';
    value = gone ? "" : record.value->substr(record.value->find("v=") + 2);
  }
  std::map<std::string, std::string> rows;
  for (const auto& [key, state] : best) {
    if (!state.second.empty()) rows[key] = state.second;
  }
  return rows;
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
      changes.push_back(log.Update(id, to, value));
      rows.erase(id);
      rows[to] = value;
    }
  }
  if (!changes.empty()) log.Commit(changes, hidden);
}

}  // namespace sluice::testing
