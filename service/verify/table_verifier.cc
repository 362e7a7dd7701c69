#include "service/verify/table_verifier.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "core/operations/document_id.h"
#include "core/operations/hash.h"
#include "core/operations/index/difference_verdict.h"

namespace sluice::verify {
namespace {

constexpr size_t kIdsListed = 1'000;

/// One number for a range: of its ids and what belongs to each, in any order.
uint64_t Fold(uint64_t sum, std::string_view id, uint64_t digest) {
  return sum + HashBytes(id, digest);
}

}  // namespace

const char* DifferenceName(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::kMissing: return "missing";
    case Difference::Kind::kExtra: return "extra";
    case Difference::Kind::kDifferent: return "different";
    case Difference::Kind::kShared: return "shared";
  }
  return "";
}

Status TableVerifier::Verify() {
  Status status = CompareRanges();
  if (status) status = Settle();
  if (status) status = FindExtras();
  if (status) status = Settle();
  DropShared();
  parts_.progress(result_);
  return status;
}

Status TableVerifier::CompareRanges() {
  for (;;) {
    std::vector<Suspect> rows;
    std::vector<std::string> ids;
    std::vector<uint64_t> digests;
    uint64_t table_hash = 0;
    const auto count = parts_.table.NextRange([&](const ShownRow& row) {
      rows.push_back({row.name, row.key, std::nullopt});
      ids.push_back(row.name.id);
      digests.push_back(DigestOf(row.document, parts_.table.json_fields()));
      table_hash = Fold(table_hash, row.name.id, digests.back());
    });
    if (!count) return count.error();
    if (*count == 0) return {};
    uint64_t index_hash = 0;
    std::vector<StoredDocument> documents;
    std::vector<uint64_t> stored;
    for (size_t begin = 0; begin < ids.size(); begin += limits_.documents) {
      const size_t size = std::min(limits_.documents, ids.size() - begin);
      auto part = parts_.index.Get(std::span(ids).subspan(begin, size));
      if (!part) return part.error();
      for (StoredDocument& document : *part) {
        stored.push_back(document.found ? DigestOf(document.source, parts_.table.json_fields())
                                        : 0);
        if (document.found) index_hash = Fold(index_hash, ids[stored.size() - 1], stored.back());
        documents.push_back({document.found, document.version, {}});
      }
    }
    result_.rows += rows.size();
    ++result_.ranges;
    if (table_hash != index_hash) {
      ++result_.ranges_unequal;
      for (size_t i = 0; i < rows.size(); ++i) {
        if (documents[i].found && stored[i] == digests[i]) continue;
        if (documents[i].found) rows[i].version_before = documents[i].version;
        AddSuspect(std::move(rows[i]));
      }
    }
    parts_.progress(result_);
    if (suspects_.size() < limits_.suspects) continue;
    if (Status status = Settle(); !status) return status;
  }
}

Status TableVerifier::FindExtras() {
  std::vector<DocumentName> names;
  const auto take = [&](std::vector<std::string> ids) -> Status {
    for (std::string& id : ids) names.push_back({std::move(id), {}});
    if (names.size() < parts_.table.names_at_once()) return {};
    return TakeIds(std::exchange(names, {}));
  };
  Status status = parts_.index.ScanIds(take);
  if (status) status = TakeIds(std::move(names));
  return status;
}

/// An id that is a hash tells nothing of its row; its document holds the whole text.
Status TableVerifier::NameHashed(std::vector<DocumentName>& names) {
  std::vector<std::string> ids;
  std::vector<size_t> places;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i].id.starts_with("~h")) continue;
    ids.push_back(names[i].id);
    places.push_back(i);
  }
  for (size_t begin = 0; begin < ids.size(); begin += limits_.documents) {
    const size_t size = std::min(limits_.documents, ids.size() - begin);
    const auto documents = parts_.index.Get(std::span(ids).subspan(begin, size));
    if (!documents) return documents.error();
    for (size_t i = 0; i < size; ++i) {
      if (!(*documents)[i].found) continue;
      names[places[begin + i]].full_key = TextField((*documents)[i].source, kFullKeyField);
    }
  }
  return {};
}

Status TableVerifier::TakeIds(std::vector<DocumentName> names) {
  if (names.empty()) return {};
  if (Status status = NameHashed(names); !status) return status;
  std::unordered_map<std::string, Key> with_row;
  std::vector<Difference> shared;
  Status status = parts_.table.FindByName(names, [&](const ShownRow& row) {
    const auto [first, fresh] = with_row.try_emplace(row.name.id, row.key);
    if (fresh || first->second == row.key || shared.size() >= limits_.suspects) return;
    shared.push_back({Difference::Kind::kShared, row.name, first->second, 0, {}, row.key});
  });
  if (status) status = ConfirmShared(shared);
  if (!status) return status;
  std::vector<Suspect> extras;
  for (DocumentName& name : names) {
    if (with_row.contains(name.id)) continue;
    extras.push_back({std::move(name), {}, std::nullopt});
  }
  result_.ids += names.size();
  parts_.progress(result_);
  for (size_t begin = 0; begin < extras.size(); begin += limits_.documents) {
    const size_t end = std::min(extras.size(), begin + limits_.documents);
    std::vector<Suspect> slice(std::make_move_iterator(extras.begin() + std::ptrdiff_t(begin)),
                               std::make_move_iterator(extras.begin() + std::ptrdiff_t(end)));
    const auto documents = Documents(slice);
    if (!documents) return documents.error();
    for (size_t i = 0; i < slice.size(); ++i) {
      if (!(*documents)[i].found) continue;  // deleted, only not for a search yet
      slice[i].version_before = (*documents)[i].version;
      AddSuspect(std::move(slice[i]));
    }
    if (suspects_.size() < limits_.suspects) continue;
    if (status = Settle(); !status) return status;
  }
  return {};
}

Status TableVerifier::ConfirmShared(const std::vector<Difference>& seen) {
  for (const Difference& difference : seen) {
    const std::array<Key, 2> keys = {difference.key, difference.other_key};
    std::set<Key> there;
    Status status = parts_.table.FindByKey(keys, [&](const ShownRow& row) {
      if (row.name.id == difference.name.id) there.insert(row.key);
    });
    if (!status) return status;
    if (there.size() < keys.size()) continue;
    ++result_.shared;
    if (result_.differences.size() < limits_.differences) result_.differences.push_back(difference);
  }
  return {};
}

void TableVerifier::DropShared() {
  if (result_.shared == 0) return;
  std::unordered_set<std::string> ids;
  for (const Difference& difference : result_.differences) {
    if (difference.kind == Difference::Kind::kShared) ids.insert(difference.name.id);
  }
  std::erase_if(result_.differences, [&](const Difference& difference) {
    const bool of_one = difference.kind == Difference::Kind::kDifferent;
    if (!of_one || !ids.contains(difference.name.id)) return false;
    --result_.different;
    if (LackNullsOnly(difference.fields)) --result_.unwritten;
    return true;
  });
}

void TableVerifier::AddSuspect(Suspect suspect) {
  if (!suspected_.insert(suspect.name.id).second) return;
  ++result_.suspects;
  suspects_.push_back(std::move(suspect));
}

Result<std::vector<StoredDocument>> TableVerifier::Documents(std::span<const Suspect> suspects) {
  std::vector<std::string> ids;
  ids.reserve(suspects.size());
  for (const Suspect& suspect : suspects) ids.push_back(suspect.name.id);
  return parts_.index.Get(ids);
}

Result<TableVerifier::RowStates> TableVerifier::FindRows(const std::vector<Suspect>& suspects,
                                                         bool documents) {
  RowStates states;
  size_t kept = 0;
  const auto take = [&](const ShownRow& row) {
    RowState& state = states[row.name.id];
    state.digest = DigestOf(row.document, parts_.table.json_fields());
    state.writer = row.writer;
    state.key = row.key;
    state.document.clear();
    if (!documents || kept + row.document.size() > limits_.kept_bytes) return;
    kept += row.document.size();
    state.document = row.document;
  };
  std::vector<Key> keys;
  std::vector<DocumentName> names;
  for (const Suspect& suspect : suspects) {
    if (suspect.key.empty()) {
      names.push_back(suspect.name);
    } else {
      keys.push_back(suspect.key);
    }
  }
  if (!keys.empty()) {
    if (Status status = parts_.table.FindByKey(keys, take); !status) return status.error();
  }
  if (!names.empty()) {
    if (Status status = parts_.table.FindByName(names, take); !status) return status.error();
  }
  return states;
}

Status TableVerifier::Settle() {
  for (size_t round = 0; !suspects_.empty(); ++round) {
    if (round == limits_.rounds) {
      for (Suspect& suspect : suspects_) {
        ++result_.changing;
        if (result_.changing_ids.size() >= kIdsListed) continue;
        result_.changing_ids.push_back(std::move(suspect.name.id));
      }
      suspects_.clear();
      return {};
    }
    if (Status status = SettleOnce(); !status) return status;
  }
  return {};
}

Status TableVerifier::SettleOnce() {
  if (Status status = parts_.table.Renew(); !status) return status;
  std::vector<Suspect> suspects = std::exchange(suspects_, {});
  suspected_.clear();
  const auto rows = FindRows(suspects, true);
  if (!rows) return rows.error();
  if (Status status = DropEqual(suspects, *rows); !status || suspects.empty()) return status;
  const auto place = parts_.table.Now();
  if (!place) return place.error();
  if (Status status = parts_.horizon.AwaitPassed(*place); !status) return status;
  for (size_t begin = 0; begin < suspects.size(); begin += limits_.documents) {
    const size_t end = std::min(suspects.size(), begin + limits_.documents);
    std::vector<Suspect> slice(std::make_move_iterator(suspects.begin() + std::ptrdiff_t(begin)),
                               std::make_move_iterator(suspects.begin() + std::ptrdiff_t(end)));
    if (Status status = JudgeSlice(slice, *rows); !status) return status;
  }
  return {};
}

/// What the index has told by now is not waited for. Of a row that changes often the document is
/// always another one behind the wait.
Status TableVerifier::DropEqual(std::vector<Suspect>& suspects, const RowStates& rows) {
  size_t kept = 0;
  for (size_t begin = 0; begin < suspects.size(); begin += limits_.documents) {
    const size_t size = std::min(limits_.documents, suspects.size() - begin);
    const auto documents = Documents(std::span(suspects).subspan(begin, size));
    if (!documents) return documents.error();
    for (size_t i = begin; i < begin + size; ++i) {
      const StoredDocument& document = (*documents)[i - begin];
      const auto row = rows.find(suspects[i].name.id);
      const bool equal =
          row != rows.end() && document.found &&
          row->second.digest == DigestOf(document.source, parts_.table.json_fields());
      if (!equal) std::swap(suspects[kept++], suspects[i]);
    }
  }
  suspects.resize(kept);
  return {};
}

Status TableVerifier::JudgeSlice(std::vector<Suspect>& slice, const RowStates& rows) {
  const auto documents = Documents(slice);
  if (!documents) return documents.error();
  std::vector<Suspect> undocumented;
  for (size_t i = 0; i < slice.size(); ++i) {
    if (!(*documents)[i].found && rows.contains(slice[i].name.id)) undocumented.push_back(slice[i]);
  }
  const auto later = FindRows(undocumented, false);
  if (!later) return later.error();
  for (size_t i = 0; i < slice.size(); ++i) {
    Suspect& suspect = slice[i];
    const StoredDocument& document = (*documents)[i];
    const auto row = rows.find(suspect.name.id);
    const auto row_later = later->find(suspect.name.id);
    DifferenceEvidence seen;
    seen.version_before = suspect.version_before;
    seen.row_found = row != rows.end();
    if (document.found) seen.version_after = document.version;
    seen.equal = document.found && seen.row_found &&
                 row->second.digest == DigestOf(document.source, parts_.table.json_fields());
    seen.row_untouched = seen.row_found && row_later != later->end() &&
                         row->second.writer == row_later->second.writer;
    Judge(std::move(suspect), seen, seen.row_found ? &row->second : nullptr, document);
  }
  return {};
}

void TableVerifier::Again(Suspect suspect, const DifferenceEvidence& seen) {
  suspect.version_before = seen.version_after;
  if (!seen.row_found) suspect.key.clear();  // whichever row has that document
  suspected_.insert(suspect.name.id);
  suspects_.push_back(std::move(suspect));
}

void TableVerifier::Judge(Suspect suspect, const DifferenceEvidence& seen, const RowState* row,
                          const StoredDocument& document) {
  Difference difference;
  switch (JudgeDifference(seen)) {
    case DifferenceVerdict::kEqual: return;
    case DifferenceVerdict::kAgain: Again(std::move(suspect), seen); return;
    case DifferenceVerdict::kMissing:
      difference.kind = Difference::Kind::kMissing;
      ++result_.missing;
      break;
    case DifferenceVerdict::kExtra:
      // Its row may have another document by now, and this one be another row's.
      if (!suspect.key.empty()) return Again(std::move(suspect), seen);
      difference.kind = Difference::Kind::kExtra;
      ++result_.extra;
      break;
    case DifferenceVerdict::kDifferent:
      difference.kind = Difference::Kind::kDifferent;
      ++result_.different;
      if (row->document.empty()) break;
      difference.fields =
          DifferingFields(row->document, document.source, parts_.table.json_fields());
      if (LackNullsOnly(difference.fields)) ++result_.unwritten;
      break;
  }
  if (result_.differences.size() >= limits_.differences) return;
  difference.name = std::move(suspect.name);
  if (row != nullptr) difference.key = row->key;
  difference.version = document.version;
  result_.differences.push_back(std::move(difference));
}

}  // namespace sluice::verify
