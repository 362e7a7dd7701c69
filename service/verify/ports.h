#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/position.h"
#include "core/model/result.h"
#include "service/verify/canonical.h"

namespace sluice::verify {

/// What a document is called.
struct DocumentName {
  std::string id;
  std::string full_key;  ///< The text of which the id is a hash; empty: it is none.
};

/// The texts of the key by which the table is read, as the database writes them, in its order: no
/// two rows have the same. (A document's name may be made of other columns.)
using Key = std::vector<std::string>;

/// A row, and the document that it is to be. Valid for the call that shows it.
struct ShownRow {
  const DocumentName& name;
  const Key& key;
  std::string_view document;
  std::string_view writer;  ///< The same row with the same writer is the same version of it.
};

/// The rows of one table as they are now.
///
/// Threads:   one call at a time.
/// Ownership: a row is valid for the call that shows it.
/// Time:      waits for the database.
/// Errors:    in the results; comparing ends with the first.
class TableSide {
 public:
  using Take = std::function<void(const ShownRow&)>;
  virtual ~TableSide() = default;

  /// The next range of the key, in its order; 0 rows: there are no more.
  [[nodiscard]] virtual Result<size_t> NextRange(const Take& take) = 0;
  [[nodiscard]] virtual Status FindByKey(std::span<const Key> keys, const Take& take) = 0;
  /// The rows whose documents would have these names.
  [[nodiscard]] virtual Status FindByName(std::span<const DocumentName> names,
                                          const Take& take) = 0;
  /// How many names are to be asked for at once.
  [[nodiscard]] virtual size_t names_at_once() const = 0;
  /// A place in the log behind all that was shown.
  [[nodiscard]] virtual Result<Lsn> Now() = 0;
  /// The table's columns may have changed.
  [[nodiscard]] virtual Status Renew() = 0;
  [[nodiscard]] virtual const JsonFields& json_fields() const = 0;
};

/// A stored document; without one, `found` is false.
struct StoredDocument {
  bool found = false;
  int64_t version = 0;
  std::string source;
};

/// The documents of one index.
///
/// Threads, Time, Errors: as TableSide.
/// Ownership: answers are values.
class DocumentSide {
 public:
  virtual ~DocumentSide() = default;

  /// As they are this moment, whether a search finds them or not. In the order of `ids`.
  [[nodiscard]] virtual Result<std::vector<StoredDocument>> Get(
      std::span<const std::string> ids) = 0;
  /// The id of every document that was written before it began, in no order.
  [[nodiscard]] virtual Status ScanIds(
      const std::function<Status(std::vector<std::string>)>& take) = 0;
};

/// How far the index is.
///
/// Threads, Ownership: as TableSide.
/// Time:      AwaitPassed() waits until then, or as long as was allowed.
/// Errors:    in the results, naming what lags.
class Horizon {
 public:
  virtual ~Horizon() = default;

  /// Every change that was committed before that place is in the index, or was refused by it.
  [[nodiscard]] virtual Status AwaitPassed(Lsn place) = 0;
  /// No record that is asked for from now on has a lower version, whichever document it is about.
  [[nodiscard]] virtual Result<int64_t> NextVersion() = 0;
};

/// Asks for documents to be written anew, by the way that all documents come.
///
/// Threads, Ownership: as TableSide.
/// Time:      waits for the database and the brokers, not for the index.
/// Errors:    in the results, with the cure.
class Mender {
 public:
  virtual ~Mender() = default;

  /// The rows with these keys are to be told again.
  [[nodiscard]] virtual Status Refresh(std::span<const Key> keys) = 0;
  /// Documents that have no row are to be deleted. Those that have one by now are left alone.
  [[nodiscard]] virtual Status Forget(std::span<const DocumentName> names) = 0;
};

}  // namespace sluice::verify
