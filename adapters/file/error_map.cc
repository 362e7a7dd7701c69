#include "adapters/file/error_map.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace sluice::file {
namespace {

struct Row {
  int code;
  Disposition disposition;
  FailureReason reason;
  std::string_view cure;
};

constexpr std::string_view kMakeRoom = "make room there; it goes on by itself then";
constexpr std::string_view kGrant =
    "let this process's user write there (changelog.file.directory); it goes on by itself then";

constexpr auto kRows = std::to_array<Row>({
    {0, Disposition::kDone, FailureReason::kNone, ""},
    {ENOSPC, Disposition::kHold, FailureReason::kStorageFull, kMakeRoom},
    {EDQUOT, Disposition::kHold, FailureReason::kStorageFull, kMakeRoom},
    {EFBIG, Disposition::kHold, FailureReason::kStorageFull,
     "lower changelog.file.rotate.bytes, or raise the limit of file sizes (ulimit -f)"},
    {EACCES, Disposition::kHold, FailureReason::kStorageRefused, kGrant},
    {EPERM, Disposition::kHold, FailureReason::kStorageRefused, kGrant},
    {EROFS, Disposition::kHold, FailureReason::kStorageRefused, kGrant},
    {ENOENT, Disposition::kHold, FailureReason::kStorageRefused,
     "make the folder that changelog.file.directory names"},
    {ENOTDIR, Disposition::kHold, FailureReason::kStorageRefused,
     "correct changelog.file.directory"},
    {EMFILE, Disposition::kHold, FailureReason::kStorageRefused,
     "raise the limit of open files (ulimit -n)"},
    {ENFILE, Disposition::kHold, FailureReason::kStorageRefused, ""},
    {EIO, Disposition::kHold, FailureReason::kStorageRefused, "look after the disk"},
    // Another process has the lock.
    {EWOULDBLOCK, Disposition::kHold, FailureReason::kStorageRefused,
     "another process writes these files: stop it, or give one of them another changelog.name"},
});

}  // namespace

Verdict MeaningOf(int code) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [code](const Row& one) { return one.code == code; });
  if (row == kRows.end())
    return {Disposition::kHold, FailureReason::kStorageRefused, WriteResult::kCreated};
  return {row->disposition, row->reason, WriteResult::kCreated};
}

Failure FailureOf(int code, const std::string& what, const std::string& path) {
  Failure failure;
  failure.verdict = MeaningOf(code);
  failure.detail = what + " " + path + ": " + std::generic_category().message(code);
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [code](const Row& one) { return one.code == code; });
  if (row != kRows.end() && !row->cure.empty()) failure.detail += "; " + std::string(row->cure);
  return failure;
}

}  // namespace sluice::file
