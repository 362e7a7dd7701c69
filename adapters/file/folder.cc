#include "adapters/file/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "adapters/file/error_map.h"
#include "core/model/check.h"

namespace sluice::file {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;

/// Again where a signal came in between. Returns what the call does: below 0 it failed, by errno.
template <typename Call>
auto Again(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Failure Folder::Open(const std::string& lock) {
  if (mkdir(path_.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return FailureOf(errno, "cannot make folder", path_);
  folder_ = Descriptor(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_.open()) return FailureOf(errno, "cannot open folder", path_);
  lock_ =
      Descriptor(openat(folder_.number(), lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!lock_.open()) return FailureOf(errno, "cannot open", PathOf(lock));
  if (Again([&] { return flock(lock_.number(), LOCK_EX | LOCK_NB); }) != 0)
    return FailureOf(errno, "cannot lock", PathOf(lock));
  return {};
}

Failure Folder::Read(const std::string& name, std::optional<std::string>& text) const {
  text.reset();
  const Descriptor file(openat(folder_.number(), name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open() && errno == ENOENT) return {};
  if (!file.open()) return FailureOf(errno, "cannot open", PathOf(name));
  std::string read;
  std::array<char, 16'384> part{};
  for (;;) {
    const ssize_t count = Again([&] { return ::read(file.number(), part.data(), part.size()); });
    if (count < 0) return FailureOf(errno, "cannot read", PathOf(name));
    if (count == 0) break;
    read.append(part.data(), static_cast<size_t>(count));
  }
  text = std::move(read);
  return {};
}

Failure Folder::Size(const std::string& name, std::optional<uint64_t>& bytes) const {
  bytes.reset();
  struct stat facts{};
  if (fstatat(folder_.number(), name.c_str(), &facts, 0) == 0) {
    bytes = static_cast<uint64_t>(facts.st_size);
    return {};
  }
  return errno == ENOENT ? Failure{} : FailureOf(errno, "cannot look at", PathOf(name));
}

Failure Folder::OpenAt(const std::string& name, uint64_t bytes, Descriptor& file) const {
  const int create = bytes == 0 ? O_CREAT : 0;
  file =
      Descriptor(openat(folder_.number(), name.c_str(), O_WRONLY | O_CLOEXEC | create, kFileMode));
  if (!file.open()) return FailureOf(errno, "cannot open", PathOf(name));
  const auto length = static_cast<off_t>(bytes);
  if (Again([&] { return ftruncate(file.number(), length); }) != 0)
    return FailureOf(errno, "cannot cut", PathOf(name));
  if (lseek(file.number(), length, SEEK_SET) != length)
    return FailureOf(errno, "cannot go to the end of", PathOf(name));
  return {};
}

Failure Folder::Write(const Descriptor& file, std::string_view bytes,
                      const std::string& name) const {
  while (!bytes.empty()) {
    const ssize_t count = Again([&] { return write(file.number(), bytes.data(), bytes.size()); });
    if (count < 0) return FailureOf(errno, "cannot write", PathOf(name));
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Failure Folder::Sync(const Descriptor& file, const std::string& name) const {
  SLUICE_CHECK(file.number() >= 0, "an open file is synced");
  if (Again([&] { return fsync(file.number()); }) != 0)
    return FailureOf(errno, "cannot sync", PathOf(name));
  return {};
}

Failure Folder::SyncNames() const {
  return Sync(folder_, ".");
}

Failure Folder::Replace(const std::string& name, std::string_view text) const {
  const std::string fresh = name + ".new";
  Descriptor file;
  if (Failure failure = OpenAt(fresh, 0, file); failure.verdict.disposition != Disposition::kDone)
    return failure;
  if (Failure failure = Write(file, text, fresh); failure.verdict.disposition != Disposition::kDone)
    return failure;
  if (Failure failure = Sync(file, fresh); failure.verdict.disposition != Disposition::kDone)
    return failure;
  return Rename(fresh, name);
}

Failure Folder::Remove(const std::string& name) const {
  if (unlinkat(folder_.number(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return FailureOf(errno, "cannot remove", PathOf(name));
}

Failure Folder::Rename(const std::string& from, const std::string& to) const {
  if (renameat(folder_.number(), from.c_str(), folder_.number(), to.c_str()) != 0)
    return FailureOf(errno, "cannot rename to " + to, PathOf(from));
  return SyncNames();
}

Failure Folder::Find(const std::function<bool(std::string_view)>& is_one, std::string& name) const {
  name.clear();
  std::error_code error;
  for (std::filesystem::directory_iterator at(path_, error), end; !error && at != end;
       at.increment(error)) {
    std::string one = at->path().filename().string();
    if (is_one(one)) {
      name = std::move(one);
      return {};
    }
  }
  return error ? FailureOf(error.value(), "cannot list", path_) : Failure{};
}

}  // namespace sluice::file
