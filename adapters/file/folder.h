#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/model/outcome.h"

namespace sluice::file {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// One folder, and what is done to files in it.
///
/// Threads:   one call at a time.
/// Ownership: owns its descriptors; the lock lasts as long as it.
/// Time:      waits for the disk.
/// Errors:    as failures, with the path and the cure.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  /// Opens the folder, which is made where only its last part is missing, and locks `lock` in it.
  [[nodiscard]] Failure Open(const std::string& lock);
  /// The whole text of a file; none: there is no such file.
  [[nodiscard]] Failure Read(const std::string& name, std::optional<std::string>& text) const;
  /// The size in bytes; none: there is no such file.
  [[nodiscard]] Failure Size(const std::string& name, std::optional<uint64_t>& bytes) const;
  /// Opens a file for writing behind `bytes`, to which it is cut; 0: also where there is none.
  [[nodiscard]] Failure OpenAt(const std::string& name, uint64_t bytes, Descriptor& file) const;
  [[nodiscard]] Failure Write(const Descriptor& file, std::string_view bytes,
                              const std::string& name) const;
  /// Returns when the disk has the file's bytes.
  [[nodiscard]] Failure Sync(const Descriptor& file, const std::string& name) const;
  /// The same of the folder's names.
  [[nodiscard]] Failure SyncNames() const;
  /// A file of that text stands under the name afterwards, or what was there before; never a part.
  [[nodiscard]] Failure Replace(const std::string& name, std::string_view text) const;
  /// One that is not there is fine.
  [[nodiscard]] Failure Remove(const std::string& name) const;
  [[nodiscard]] Failure Rename(const std::string& from, const std::string& to) const;
  /// A name that is one of those; empty: none is.
  [[nodiscard]] Failure Find(const std::function<bool(std::string_view)>& is_one,
                             std::string& name) const;

  [[nodiscard]] std::string PathOf(const std::string& name) const { return path_ + "/" + name; }

 private:
  const std::string path_;
  Descriptor folder_;
  Descriptor lock_;
};

}  // namespace sluice::file
