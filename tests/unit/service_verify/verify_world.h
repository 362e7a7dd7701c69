#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "service/verify/ports.h"

namespace sluice::testing {

/// A table, a log and an index in memory. What is written to the table is in the log at once, and
/// in the index once somebody waits for it.
class VerifyWorld : public verify::TableSide,
                    public verify::DocumentSide,
                    public verify::Horizon,
                    public verify::Mender {
 public:
  // --- what happens

  void Write(const std::string& key, const std::string& document) {
    table_[key] = {document, std::to_string(++writer_)};
    log_.emplace_back(IdOf(key), document);
  }
  void Delete(const std::string& key) {
    table_.erase(key);
    log_.emplace_back(IdOf(key), "");
  }
  /// The index takes everything that the log has.
  void Apply() {
    for (; applied_ < log_.size(); ++applied_) {
      const auto& [key, document] = log_[applied_];
      const auto version = static_cast<int64_t>(applied_ + 1);
      Stored& stored = index_[key];
      if (version <= stored.version) continue;
      stored = {version, document};
    }
  }
  /// By hand.
  void Put(const std::string& id, const std::string& document, int64_t version) {
    index_[id] = {version, document};
  }
  [[nodiscard]] int64_t version(const std::string& id) { return index_[id].version; }

  std::function<void()> on_wait;   ///< Runs while somebody waits for the index.
  std::function<void()> on_range;  ///< Runs before each range is read.
  std::function<void()> on_renew;  ///< Runs before suspects are looked at again.
  Status wait_status;
  std::string forget_refused;
  std::string never_forgotten;  ///< An id with which a batch is refused.
  bool mends = true;
  size_t waits = 0;
  size_t refreshed = 0;
  size_t batch_most = 0;

  // --- TableSide

  Result<size_t> NextRange(const Take& take) override {
    if (on_range) on_range();
    std::vector<std::string> keys;
    for (auto row = table_.upper_bound(after_); row != table_.end() && keys.size() < 3; ++row) {
      keys.push_back(row->first);
    }
    for (const std::string& key : keys) Show(key, take);
    if (!keys.empty()) after_ = keys.back();
    return keys.size();
  }
  Status FindByKey(std::span<const verify::Key> keys, const Take& take) override {
    for (const verify::Key& key : keys) Show(key.front(), take);
    return {};
  }
  Status FindByName(std::span<const verify::DocumentName> names, const Take& take) override {
    for (const verify::DocumentName& name : names) {
      for (const auto& [key, row] : table_) {
        if (IdOf(key) == name.id && (name.full_key.empty() || name.full_key == key)) {
          Show(key, take);
        }
      }
    }
    return {};
  }
  size_t names_at_once() const override { return 2; }
  Result<Lsn> Now() override { return Lsn{log_.size()}; }
  Status Renew() override {
    if (on_renew) on_renew();
    return {};
  }
  const verify::JsonFields& json_fields() const override { return json_fields_; }

  // --- DocumentSide

  Result<std::vector<verify::StoredDocument>> Get(std::span<const std::string> ids) override {
    std::vector<verify::StoredDocument> documents;
    for (const std::string& id : ids) {
      const auto found = index_.find(id);
      const bool there = found != index_.end() && !found->second.document.empty();
      documents.push_back({there, there ? found->second.version : 0,
                           there ? found->second.document : std::string()});
    }
    return documents;
  }
  Status ScanIds(const std::function<Status(std::vector<std::string>)>& take) override {
    std::vector<std::string> ids;
    for (const auto& [id, stored] : index_) {
      if (!stored.document.empty()) ids.push_back(id);
    }
    return ids.empty() ? Status() : take(std::move(ids));
  }

  // --- Horizon

  Status AwaitPassed(Lsn place) override {
    ++waits;
    if (on_wait) on_wait();
    if (applied_ < place.value) Apply();
    return wait_status;
  }
  Result<int64_t> NextVersion() override { return static_cast<int64_t>(log_.size() + 1); }

  // --- Mender

  Status Refresh(std::span<const verify::Key> keys) override {
    refreshed += keys.size();
    batch_most = std::max(batch_most, keys.size());
    for (const verify::Key& key : keys) {
      const auto row = table_.find(key.front());
      if (mends && row != table_.end()) {
        log_.emplace_back(IdOf(key.front()), row->second.document);
      }
    }
    Apply();
    return {};
  }
  Status Forget(std::span<const verify::DocumentName> names) override {
    if (!forget_refused.empty()) return Error{forget_refused, ""};
    for (const verify::DocumentName& name : names) {
      if (name.id == never_forgotten) return Error{"no key is told as " + name.id, ""};
    }
    for (const verify::DocumentName& name : names) {
      if (!table_.contains(name.id)) log_.emplace_back(name.id, "");
    }
    Apply();
    return {};
  }

 private:
  struct RowOf {
    std::string document;
    std::string writer;
  };
  struct Stored {
    int64_t version = 0;
    std::string document;  ///< Empty: deleted.
  };

  /// What is behind an underscore is cut, as by a mode that does not tell all of a key.
  static std::string IdOf(const std::string& key) { return key.substr(0, key.find('_')); }
  void Show(const std::string& key, const Take& take) {
    const auto row = table_.find(key);
    if (row == table_.end()) return;
    const verify::DocumentName name{IdOf(key), {}};
    take({name, {key}, row->second.document, row->second.writer});
  }

  std::map<std::string, RowOf> table_;
  std::map<std::string, Stored> index_;
  std::vector<std::pair<std::string, std::string>> log_;
  size_t applied_ = 0;
  uint64_t writer_ = 0;
  std::string after_;
  verify::JsonFields json_fields_;
};

}  // namespace sluice::testing
