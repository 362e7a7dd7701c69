#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sluice {

/// What went wrong, in words that name the place, and the cure where a person can apply one.
struct Error {
  std::string what;
  std::string cure;  ///< A setting, command or grant; empty when there is none to name.

  /// Both sentences, for one log line.
  [[nodiscard]] std::string ToString() const { return cure.empty() ? what : what + "; " + cure; }
};

/// A value or the reason why there is none. (g++ 12 has no std::expected in C++20 mode.)
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const { return std::get<0>(state_); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

/// The outcome of an action that has no value.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace sluice
