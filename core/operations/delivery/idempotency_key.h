#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/position.h"

namespace sluice {

/// What a delivery's repeats are known by, made of the record and never of the attempt:
///
///   its header `id` (an event of an outbox), as it is: printable ASCII of up to 200 bytes, else
///       "h-" and 64 hexadecimal digits of its SHA-256
///   else, of a change that our own source has told, "v-" and the SHA-256 of topic, key and the
///       version in the header `sluice`: the same for a transaction that is told again
///   else its place, `topic-partition-offset`
///
/// Versions of rows that were read, and of the many-thousandth change of a key in one transaction,
/// are not one record's alone: those records are known by their place.
[[nodiscard]] std::string IdempotencyKey(std::optional<std::string_view> id_header,
                                         std::optional<std::string_view> change_header,
                                         std::optional<std::string_view> key,
                                         const TopicPartition& stream, Offset offset);

}  // namespace sluice
