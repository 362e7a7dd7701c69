#include <algorithm>
#include <iterator>
#include <utility>

#include "service/verify/table_verifier.h"

namespace sluice::verify {
namespace {

constexpr std::chrono::milliseconds kLook{250};
/// A document whose version the log had not reached is reached by what the first attempt writes.
constexpr int kAttempts = 2;

size_t BytesOf(const Difference& difference) {
  size_t bytes = difference.name.id.size() + difference.name.full_key.size();
  for (const std::string& text : difference.key) bytes += text.size();
  return bytes;
}

}  // namespace

Status TableVerifier::Repair(Mender& mender) {
  result_.repaired = true;
  const uint64_t beyond_kept = result_.differing() - result_.differences.size();
  // Whichever of two rows is told last hides the other: nothing that is written here could heal it.
  std::vector<Difference> shared = TakeShared();
  const Status status = RepairKept(mender, beyond_kept);
  std::move(shared.begin(), shared.end(), std::back_inserter(result_.differences));
  return status;
}

Status TableVerifier::RepairKept(Mender& mender, uint64_t beyond_kept) {
  for (int attempt = 0; attempt < kAttempts && !result_.differences.empty(); ++attempt) {
    const auto next = parts_.horizon.NextVersion();
    if (!next) return next.error();
    const auto reachable = [&](const Difference& difference) { return difference.version < *next; };
    const auto& all = result_.differences;
    if (attempt > 0 && std::none_of(all.begin(), all.end(), reachable)) break;
    const uint64_t before = result_.differing();
    result_.obstacles.clear();
    if (Status status = RepairOnce(mender, *next); !status) return status;
    result_.healed += before - std::min(before, result_.differing());
    if (!result_.obstacles.empty()) break;
  }
  const auto next = parts_.horizon.NextVersion();
  if (!next) return next.error();
  TellObstacles(*next, beyond_kept);
  return {};
}

void TableVerifier::TellObstacles(int64_t next_version, uint64_t beyond_kept) {
  if (result_.shared > 0) {
    result_.obstacles.push_back(
        std::to_string(result_.shared) +
        " rows have the document of another row, for their keys are told alike: no repair can heal "
        "that; tell keys exactly (time.precision.mode, decimal.handling.mode, "
        "interval.handling.mode, message.key.columns), have all rows told anew by `sluice capture "
        "signal execute-snapshot`, and look again");
  }
  const auto beyond = std::count_if(
      result_.differences.begin(), result_.differences.end(),
      [&](const Difference& difference) { return difference.version >= next_version; });
  if (beyond > 0) {
    result_.obstacles.push_back(
        std::to_string(beyond) + " documents have versions that the log has not reached (from " +
        std::to_string(next_version) +
        "), and refuse whatever comes by it: something else has written them; delete them by hand "
        "with version_type=external_gte, and repair again when index.gc_deletes of the index has "
        "passed: as long it remembers the versions of what was deleted, and a change of such a row "
        "would halt `sluice index`");
  }
  // What the source told, and the index has not taken.
  const auto refused = std::count_if(
      result_.differences.begin(), result_.differences.end(), [&](const Difference& difference) {
        return difference.kind != Difference::Kind::kShared && difference.version < next_version;
      });
  if (refused > 0 && result_.obstacles.empty()) {
    result_.obstacles.push_back(std::to_string(refused) +
                                " were asked for and still differ: `sluice dlq list` tells which "
                                "the index has refused, and why; /readyz of `sluice "
                                "index` whether it waits for something");
  }
  if (beyond_kept > 0) {
    result_.obstacles.push_back(std::to_string(beyond_kept) + " differences are beyond the " +
                                std::to_string(limits_.differences) +
                                " that one run repairs: repair again");
  }
}

std::vector<Difference> TableVerifier::TakeShared() {
  std::vector<Difference> shared;
  std::vector<Difference> others;
  for (Difference& difference : result_.differences) {
    const bool of_two = difference.kind == Difference::Kind::kShared;
    (of_two ? shared : others).push_back(std::move(difference));
  }
  result_.differences = std::move(others);
  return shared;
}

std::vector<TableVerifier::Batch> TableVerifier::BatchesOf(
    const std::vector<Difference>& differences, bool extra, int64_t next_version) const {
  std::vector<Batch> batches;
  size_t bytes = 0;
  for (const Difference& difference : differences) {
    if ((difference.kind == Difference::Kind::kExtra) != extra) continue;
    // It would refuse what is asked for, and `sluice index` halt: another writer was there.
    if (difference.version > next_version) continue;
    const size_t size = BytesOf(difference);
    if (batches.empty() || batches.back().size() >= limits_.repair_batch ||
        bytes + size > limits_.repair_batch_bytes) {
      batches.emplace_back();
      bytes = 0;
    }
    bytes += size;
    batches.back().push_back(&difference);
  }
  return batches;
}

Status TableVerifier::RepairOnce(Mender& mender, int64_t next_version) {
  std::vector<Difference> differences = std::exchange(result_.differences, {});
  const TableResult before = result_;
  Status status = AskAndLook(mender, differences, next_version);
  if (status) return {};
  // What became of them is not known: they stay told as they were found.
  std::vector<std::string> obstacles = std::move(result_.obstacles);
  result_ = before;
  result_.obstacles = std::move(obstacles);
  result_.differences = std::move(differences);
  return status;
}

Status TableVerifier::AskAndLook(Mender& mender, const std::vector<Difference>& differences,
                                 int64_t next_version) {
  // More than were kept are not looked at again: they stay counted.
  const auto forget = [&](uint64_t& count, Difference::Kind kind) {
    count -= static_cast<uint64_t>(
        std::count_if(differences.begin(), differences.end(),
                      [&](const Difference& difference) { return difference.kind == kind; }));
  };
  forget(result_.missing, Difference::Kind::kMissing);
  forget(result_.extra, Difference::Kind::kExtra);
  forget(result_.different, Difference::Kind::kDifferent);
  result_.unwritten -= static_cast<uint64_t>(
      std::count_if(differences.begin(), differences.end(),
                    [](const Difference& difference) { return LackNullsOnly(difference.fields); }));

  for (const bool extra : {false, true}) {
    for (const Batch& batch : BatchesOf(differences, extra, next_version)) {
      std::vector<Key> keys;
      std::vector<DocumentName> names;
      for (const Difference* difference : batch) {
        if (extra) {
          names.push_back(difference->name);
        } else {
          keys.push_back(difference->key);
        }
      }
      const Status asked = extra ? mender.Forget(names) : mender.Refresh(keys);
      if (!asked) {
        // What stands against one batch need not stand against the next. Twice the same does.
        std::string why = asked.error().ToString();
        auto& known = result_.obstacles;
        if (std::find(known.begin(), known.end(), why) != known.end()) break;
        known.push_back(std::move(why));
        continue;
      }
      if (Status status = AwaitHealed(batch); !status) return status;
    }
  }
  for (const Difference& difference : differences) {
    Suspect suspect{difference.name, difference.key, std::nullopt};
    if (difference.version != 0) suspect.version_before = difference.version;
    suspects_.push_back(std::move(suspect));
  }
  return Settle();
}

Status TableVerifier::AwaitHealed(const Batch& batch) {
  std::vector<Suspect> open;
  for (const Difference* difference : batch) {
    open.push_back({difference->name, difference->key, std::nullopt});
  }
  const int64_t until_us = parts_.clock.NowUs() + limits_.repair_wait_us;
  while (!open.empty() && parts_.clock.NowUs() < until_us) {
    parts_.pause(kLook);
    const auto rows = FindRows(open, false);
    if (!rows) return rows.error();
    const auto documents = Documents(open);
    if (!documents) return documents.error();
    size_t kept = 0;
    for (size_t i = 0; i < open.size(); ++i) {
      const auto row = rows->find(open[i].name.id);
      const StoredDocument& document = (*documents)[i];
      const bool equal =
          row == rows->end()
              ? !document.found
              : document.found &&
                    row->second.digest == DigestOf(document.source, parts_.table.json_fields());
      if (!equal) std::swap(open[kept++], open[i]);
    }
    open.resize(kept);
  }
  return {};
}

}  // namespace sluice::verify
