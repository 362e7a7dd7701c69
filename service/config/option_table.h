#pragma once

#include <utility>

#include "service/config/option.h"
#include "service/config/values.h"

/// Short words for the rows of the option table.
namespace sluice::config {

using C = Config;

inline constexpr int64_t kKiB = 1024;
inline constexpr int64_t kMiB = 1024 * kKiB;
inline constexpr int64_t kGiB = 1024 * kMiB;
inline constexpr int64_t kMs = 1'000;
inline constexpr int64_t kSecond = 1'000 * kMs;
inline constexpr int64_t kMinute = 60 * kSecond;
inline constexpr int64_t kHour = 60 * kMinute;

/// An option that every part has.
inline Option All(Option option) {
  option.sides = Sides::kAll;
  return option;
}

/// An option of what reads topics as a member of a group.
inline Option Reading(Option option) {
  option.sides = Sides::kReaders;
  return option;
}

inline Option Text(std::string_view path, std::string C::* target, std::string_view fallback,
                   std::string_view description, std::string_view example = {}) {
  return {path, OptionType::kText, target, fallback, 0, 0, {}, false, false, description, example};
}

/// A text without which its side cannot run.
inline Option RequiredText(std::string_view path, std::string C::* target,
                           std::string_view description, std::string_view example) {
  return {path, OptionType::kText, target, "", 0, 0, {}, true, false, description, example};
}

inline Option Secret(std::string_view path, std::string C::* target, std::string_view description,
                     std::string_view example) {
  return {path, OptionType::kText, target, "", 0, 0, {}, false, true, description, example};
}

inline Option Number(OptionType type, std::string_view path, int64_t C::* target,
                     std::string_view fallback, int64_t least, int64_t most,
                     std::string_view description) {
  return {path, type, target, fallback, least, most, {}, false, false, description, {}};
}

inline Option Integer(std::string_view path, int64_t C::* target, std::string_view fallback,
                      int64_t least, int64_t most, std::string_view description) {
  return Number(OptionType::kInteger, path, target, fallback, least, most, description);
}

inline Option Bytes(std::string_view path, int64_t C::* target, std::string_view fallback,
                    int64_t least, int64_t most, std::string_view description) {
  return Number(OptionType::kBytes, path, target, fallback, least, most, description);
}

inline Option Duration(std::string_view path, int64_t C::* target, std::string_view fallback,
                       int64_t least, int64_t most, std::string_view description) {
  return Number(OptionType::kDuration, path, target, fallback, least, most, description);
}

/// A duration that is written as a plain number of milliseconds, as Debezium and Kafka do.
inline Option Milliseconds(std::string_view path, int64_t C::* target, std::string_view fallback,
                           int64_t least, int64_t most, std::string_view description) {
  return Number(OptionType::kMilliseconds, path, target, fallback, least, most, description);
}

/// A part of a whole, as a number from 0 to 1.
inline Option Share(std::string_view path, int64_t C::* target, std::string_view fallback,
                    std::string_view description) {
  return Number(OptionType::kShare, path, target, fallback, 0, kMillionth, description);
}

inline Option Boolean(std::string_view path, bool C::* target, std::string_view fallback,
                      std::string_view description) {
  return {path, OptionType::kBoolean, target, fallback, 0, 0, {}, false, false, description, {}};
}

inline Option Choice(std::string_view path, std::string C::* target, std::string_view fallback,
                     std::vector<std::string_view> choices, std::string_view description) {
  return {path,  OptionType::kChoice, target, fallback, 0, 0, std::move(choices), false,
          false, description,         {}};
}

inline Option List(std::string_view path, std::vector<std::string> C::* target, bool required,
                   std::string_view description, std::string_view example) {
  return {path, OptionType::kTextList, target, "", 0, 0, {}, required, false, description, example};
}

/// A list of words of a closed set.
inline Option Words(std::string_view path, std::vector<std::string> C::* target,
                    std::string_view fallback, std::vector<std::string_view> choices,
                    std::string_view description) {
  return {path,  OptionType::kTextList, target, fallback, 0, 0, std::move(choices), false,
          false, description,           {}};
}

inline Option Map(std::string_view path, TextMap C::* target, std::string_view description,
                  std::string_view example) {
  return {path, OptionType::kTextMap, target, "", 0, 0, {}, false, false, description, example};
}

inline Option Tree(std::string_view path, std::string C::* target, std::string_view description,
                   std::string_view example) {
  return {path, OptionType::kJson, target, "{}", 0, 0, {}, false, false, description, example};
}

/// The rows of the table, by their subject.
[[nodiscard]] std::vector<Option> IndexOptions();
[[nodiscard]] std::vector<Option> SourceOptions();     ///< Where `sluice capture` reads, and what.
[[nodiscard]] std::vector<Option> EventOptions();      ///< What it writes, and where to.
[[nodiscard]] std::vector<Option> OutboxOptions();     ///< Which tables hold events, and how.
[[nodiscard]] std::vector<Option> ChangelogOptions();  ///< Which changes are told as rows, where.
[[nodiscard]] std::vector<Option> DeliverOptions();    ///< What is delivered, whom to, how fast.

}  // namespace sluice::config
