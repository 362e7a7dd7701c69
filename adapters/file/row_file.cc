#include "adapters/file/row_file.h"

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "core/operations/changelog/row_text.h"
#include "core/operations/sha256.h"

namespace sluice::file {
namespace {

constexpr size_t kBufferBytes = size_t{1} * 1024 * 1024;

bool IsDone(const Failure& failure) {
  return failure.verdict.disposition == Disposition::kDone;
}

std::string_view EndingOf(RowFormat format) {
  return format == RowFormat::kCsv ? "csv" : "ndjson";
}

/// Lines of one file have one shape. Of NDJSON each line tells its own.
std::string ShapeOf(const RowFileSettings& settings) {
  std::string text;
  if (settings.format == RowFormat::kCsv) AppendCsvHeader(settings.columns, text);
  return Sha256Hex(text + (settings.header ? "header" : "")).substr(0, 16);
}

/// Whether a name is `NAME-000001.` and something behind it.
bool IsRowFile(std::string_view file, std::string_view name) {
  if (!file.starts_with(name)) return false;
  file.remove_prefix(name.size());
  const size_t dot = file.find('.');
  return file.starts_with('-') && dot != std::string_view::npos && dot > 6 &&
         file.substr(1, dot - 1).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

RowFile::RowFile(RowFileSettings settings, Clock& clock)
    : settings_(std::move(settings)), clock_(clock), folder_(settings_.directory) {
  if (settings_.format == RowFormat::kCsv && settings_.header)
    AppendCsvHeader(settings_.columns, header_);
}

std::string RowFile::SealedName() const {
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "-%06llu.",
                static_cast<unsigned long long>(state_.number));
  return settings_.name + number.data() + state_.ending;
}

Failure RowFile::Mismatch(const std::string& what) const {
  return {{Disposition::kHalt, FailureReason::kStorageMismatch, WriteResult::kCreated},
          "",
          what +
              ": rows would be lost or doubled. Put back what was removed or changed, or give "
              "changelog.name another name (or move all files of this one away) to begin anew"};
}

// ---- Where it goes on --------------------------------------------------------------------------

Failure RowFile::Load(std::string& positions) {
  positions.clear();
  if (Failure failure = folder_.Open(settings_.name + ".lock"); !IsDone(failure)) return failure;
  std::optional<std::string> text;
  if (Failure failure = folder_.Read(StateName(), text); !IsDone(failure)) return failure;
  if (text) {
    const auto state = ParseFileState(*text);
    if (!state)
      return Mismatch(folder_.PathOf(StateName()) + " cannot be read as the state of a change log");
    state_ = *state;
    recorded_ = true;
    if (Failure failure = Recover(); !IsDone(failure)) return failure;
    positions = state_.positions;
    return {};
  }
  std::string found;
  const auto is_ours = [this](std::string_view one) { return IsRowFile(one, settings_.name); };
  if (Failure failure = folder_.Find(is_ours, found); !IsDone(failure)) return failure;
  if (!found.empty())
    return Mismatch(folder_.PathOf(found) + " is there, and " + StateName() + " is not");
  state_.ending = EndingOf(settings_.format);
  state_.shape = ShapeOf(settings_);
  return Record();  // before the first file: one without a state is nobody's
}

Failure RowFile::Record() {
  if (Failure failure = folder_.Replace(StateName(), RenderFileState(state_)); !IsDone(failure))
    return failure;
  recorded_ = true;
  return {};
}

Failure RowFile::Recover() {
  if (Failure failure = RecoverOpenFile(); !IsDone(failure)) return failure;
  const bool same =
      state_.shape == ShapeOf(settings_) && state_.ending == EndingOf(settings_.format);
  if (!same && written_ > 0)
    if (Failure failure = Seal(); !IsDone(failure)) return failure;
  if (!same) {
    state_.ending = EndingOf(settings_.format);
    state_.shape = ShapeOf(settings_);
    recorded_ = false;
  }
  return {};
}

/// What stands behind the recorded length was never kept, and its records are read again. A sealed
/// file is not needed any more once the state tells of the next one.
Failure RowFile::RecoverOpenFile() {
  std::optional<uint64_t> bytes;
  if (Failure failure = folder_.Size(OpenName(), bytes); !IsDone(failure)) return failure;
  if (bytes) {
    if (*bytes < state_.bytes)
      return Mismatch(folder_.PathOf(OpenName()) + " has " + std::to_string(*bytes) +
                      " bytes, and had " + std::to_string(state_.bytes));
    written_ = state_.bytes;
    opened_us_ = clock_.NowUs();
    return written_ == 0 ? folder_.Remove(OpenName()) : folder_.OpenAt(OpenName(), written_, file_);
  }
  if (state_.bytes == 0) return {};
  // Sealed, and the process ended before the next file was begun.
  if (Failure failure = folder_.Size(SealedName(), bytes); !IsDone(failure)) return failure;
  if (bytes != state_.bytes)
    return Mismatch(folder_.PathOf(OpenName()) + " is not there, nor is it as " + SealedName());
  ++state_.number;
  state_.bytes = 0;
  if (Failure failure = Record(); !IsDone(failure)) return failure;
  return folder_.Remove(OpenName());
}

// ---- Writing -----------------------------------------------------------------------------------

Failure RowFile::Append(const ChangelogRow& row) {
  if (written_ == 0 && buffer_.empty()) {
    buffer_ = header_;
    opened_us_ = clock_.NowUs();
  }
  if (settings_.format == RowFormat::kCsv) {
    AppendRowCsv(row, buffer_);
  } else {
    AppendRowJson(settings_.columns, row, buffer_);
    buffer_.push_back('\n');
  }
  return buffer_.size() < kBufferBytes ? Failure{} : WriteOut();
}

Failure RowFile::WriteOut() {
  if (buffer_.empty()) return {};
  if (!file_.open())
    if (Failure failure = folder_.OpenAt(OpenName(), written_, file_); !IsDone(failure))
      return failure;
  if (Failure failure = folder_.Write(file_, buffer_, OpenName()); !IsDone(failure)) return failure;
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

/// First the rows are safe, then the state that counts them: a crash in between leaves the former
/// state, whose length cuts them off again.
Failure RowFile::Keep(const std::string& positions) {
  if (Failure failure = WriteOut(); !IsDone(failure)) return failure;
  if (written_ != state_.bytes) {
    if (Failure failure = folder_.Sync(file_, OpenName()); !IsDone(failure)) return failure;
    if (Failure failure = folder_.SyncNames(); !IsDone(failure)) return failure;
  }
  if (!recorded_ || written_ != state_.bytes || positions != state_.positions) {
    const uint64_t more = written_ - state_.bytes;
    state_.bytes = written_;
    state_.positions = positions;
    if (Failure failure = Record(); !IsDone(failure)) return failure;
    counts_.bytes += more;
  }
  const bool full = written_ >= settings_.rotate_bytes;
  const bool old = written_ > 0 && clock_.NowUs() - opened_us_ >= settings_.rotate_us;
  return full || old ? Seal() : Failure{};
}

/// A crash before the state is replaced leaves that of the former name: Recover() knows both. It is
/// replaced at once, for whoever waits for sealed files may take this one away now.
Failure RowFile::Seal() {
  std::optional<uint64_t> other;
  if (Failure failure = folder_.Size(SealedName(), other); !IsDone(failure)) return failure;
  if (other)
    return Mismatch(folder_.PathOf(SealedName()) + " is there, and not by this change log");
  file_ = Descriptor();
  if (Failure failure = folder_.Rename(OpenName(), SealedName()); !IsDone(failure)) return failure;
  ++counts_.files_sealed;
  ++state_.number;
  state_.bytes = written_ = 0;
  return Record();
}

}  // namespace sluice::file
