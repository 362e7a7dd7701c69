#include "tests/fakes/fake_change_log.h"

namespace sluice::testing {

FakeChangeLog::FakeChangeLog() {
  table_.id = 16'400;
  table_.database = "db";
  table_.schema = "public";
  table_.name = "t";
  table_.columns.resize(2);
  table_.columns[0].name = "id";
  table_.columns[0].optional = false;
  table_.columns[1].name = "v";
  table_.key = {0};
}

void FakeChangeLog::Apply(const std::vector<StoredChange>& changes,
                          std::map<std::string, std::string>& rows) const {
  for (const StoredChange& change : changes) {
    if (change.table != &table_) continue;
    if (change.kind == ChangeKind::kTruncate) rows.clear();
    if (change.before) rows.erase(change.before->front().value());
    if (!change.after || change.after->back() == kGap) continue;
    rows[change.after->front().value()] = change.after->back().value_or("");
  }
}

void FakeChangeLog::Commit(const std::vector<StoredChange>& changes, bool hidden) {
  Transaction transaction;
  transaction.id = next_id_++;
  for (const StoredChange& change : changes) {
    end_.value += 64;
    transaction.changes.emplace_back(end_, change);
  }
  Apply(changes, rows_);
  if (hidden) {
    hidden_[transaction.id] = changes;
  } else {
    Apply(changes, visible_rows_);
  }
  end_.value += 8;
  transaction.commit = end_;
  end_.value += 40;
  transaction.end = end_;
  transactions_.push_back(std::move(transaction));
}

void FakeChangeLog::Reveal() {
  for (const auto& [id, changes] : hidden_) Apply(changes, visible_rows_);
  hidden_.clear();
}

VisibleTransactions FakeChangeLog::Visible() const {
  VisibleTransactions visible;
  visible.end = next_id_;
  for (const auto& [id, changes] : hidden_) visible.running.push_back(id);
  return visible;
}

bool FakeChangeLog::IsLocked(const std::string& id) const {
  for (const auto& [transaction, changes] : hidden_) {
    for (const StoredChange& change : changes) {
      if (change.kind == ChangeKind::kTruncate) return true;
      if (change.before && change.before->front() == id) return true;
      if (change.after && change.after->front() == id) return true;
    }
  }
  return false;
}

StoredChange FakeChangeLog::Truncate() const {
  return {ChangeKind::kTruncate, &table_, std::nullopt, std::nullopt, true, "", ""};
}

StoredChange FakeChangeLog::Message(const std::string& prefix, const std::string& content) {
  return {ChangeKind::kMessage, nullptr, std::nullopt, std::nullopt, true, prefix, content};
}

StoredChange FakeChangeLog::Insert(const std::string& id, const std::string& value) const {
  return {ChangeKind::kInsert, &table_, std::nullopt, {{id, value}}, true, "", ""};
}

StoredChange FakeChangeLog::Update(const std::string& old_id, const std::string& id,
                                   const std::string& value) const {
  StoredChange change{ChangeKind::kUpdate, &table_, std::nullopt, {{id, value}}, true, "", ""};
  if (old_id != id) change.before = {old_id, std::nullopt};
  return change;
}

StoredChange FakeChangeLog::Delete(const std::string& id) const {
  return {ChangeKind::kDelete, &table_, {{id, std::nullopt}}, std::nullopt, true, "", ""};
}

void FakeChangeSource::FillRow(const std::vector<std::optional<std::string>>& texts,
                               std::vector<ColumnValue>& values) {
  values.clear();
  for (const auto& text : texts) {
    values.push_back(text == kGap ? ColumnValue{ColumnValue::Kind::kUnchanged, {}}
                     : text       ? ColumnValue{ColumnValue::Kind::kText, *text}
                                  : ColumnValue{ColumnValue::Kind::kNull, {}});
  }
}

ChangeSource::Progress FakeChangeSource::Next(SourceChange& change) {
  if (failure_.verdict.disposition != Disposition::kDone) return Progress::kFailed;
  if (stalled_) return Progress::kNothing;
  const auto& all = log_.transactions_;
  while (change_ == 0 && transaction_ < all.size() && all[transaction_].end <= start_) {
    ++transaction_;
  }
  change = SourceChange{};
  if (transaction_ == all.size()) {
    if (told_ == log_.end_) return Progress::kNothing;
    told_ = change.lsn = change.end = log_.end_;
    change.kind = ChangeKind::kPosition;
    return Progress::kChange;
  }
  const FakeChangeLog::Transaction& transaction = all[transaction_];
  change.transaction_id = transaction.id;
  change.commit_us = static_cast<int64_t>(transaction.commit.value);
  if (change_ == 0) {
    change.kind = ChangeKind::kBegin;
    change.lsn = transaction.commit;
  } else if (change_ > transaction.changes.size()) {
    change.kind = ChangeKind::kCommit;
    change.lsn = change.end = transaction.end;
    ++transaction_;
    change_ = 0;
    return Progress::kChange;
  } else {
    const auto& [lsn, stored] = transaction.changes[change_ - 1];
    change.kind = stored.kind;
    change.lsn = lsn;
    change.table = stored.table;
    change.transactional = stored.transactional;
    change.prefix = stored.prefix;
    change.content = stored.content;
    if (stored.before) {
      FillRow(*stored.before, before_);
      change.before = before_;
    }
    if (stored.after) {
      FillRow(*stored.after, after_);
      change.after = after_;
    }
  }
  ++change_;
  return Progress::kChange;
}

}  // namespace sluice::testing
