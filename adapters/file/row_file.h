#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/file/file_state.h"
#include "adapters/file/folder.h"
#include "core/model/changelog_row.h"
#include "core/ports/clock.h"
#include "core/ports/row_sink.h"

namespace sluice::file {

enum class RowFormat : uint8_t { kCsv, kNdjson };

struct RowFileSettings {
  std::string directory;
  std::string name;  ///< What the files' names begin with; no slash.
  RowFormat format = RowFormat::kCsv;
  std::vector<RowColumn> columns;
  bool header = true;  ///< Of CSV: whether each file begins with the names of the columns.
  uint64_t rotate_bytes = uint64_t{64} * 1024 * 1024;  ///< A file of this size is sealed …
  int64_t rotate_us = 3'600'000'000;                   ///< … or one that was open so long.
};

/// Rows in files, each row once, whatever ends the process (README.md in this folder).
///
///   NAME-000001.csv       sealed: whole, never written again, and not needed by the next start
///   NAME-000002.csv.open  being written; what stands behind the length of NAME.state does not
///   count NAME.state            length, number, positions NAME.lock             held by the
///   process that writes
///
/// Threads:   one call at a time.
/// Ownership: owns the files and the lock.
/// Time:      each call may wait for the disk.
/// Errors:    as failures; after one the object is good for nothing but its end.
class RowFile : public RowSink {
 public:
  RowFile(RowFileSettings settings, Clock& clock);

  [[nodiscard]] Failure Load(std::string& positions) override;
  [[nodiscard]] Failure Append(const ChangelogRow& row) override;
  [[nodiscard]] Failure Keep(const std::string& positions) override;
  [[nodiscard]] const RowSinkCounts& counts() const override { return counts_; }

 private:
  [[nodiscard]] Failure Recover();
  [[nodiscard]] Failure RecoverOpenFile();
  [[nodiscard]] Failure WriteOut();
  [[nodiscard]] Failure Seal();
  [[nodiscard]] Failure Record();
  [[nodiscard]] std::string SealedName() const;
  [[nodiscard]] std::string OpenName() const { return SealedName() + ".open"; }
  [[nodiscard]] std::string StateName() const { return settings_.name + ".state"; }
  [[nodiscard]] Failure Mismatch(const std::string& what) const;

  const RowFileSettings settings_;
  Clock& clock_;
  Folder folder_;
  std::string header_;  ///< What each file begins with.
  FileState state_;     ///< As it was kept last, but for a number that a sealed file has raised.
  Descriptor file_;
  std::string buffer_;     ///< Behind what was written.
  uint64_t written_ = 0;   ///< Of the open file.
  bool recorded_ = false;  ///< NAME.state tells `state_`.
  int64_t opened_us_ = 0;  ///< When its first row came, or it was found.
  RowSinkCounts counts_;
};

}  // namespace sluice::file
