#include "core/operations/delivery/idempotency_key.h"

#include <algorithm>

#include "core/operations/change_header.h"
#include "core/operations/change_version.h"
#include "core/operations/sha256.h"

namespace sluice {
namespace {

/// Fits a header of HTTP and, with what is around it, whoever stores it.
constexpr size_t kPlainBytesMax = 200;

bool IsPlain(std::string_view text) {
  return !text.empty() && text.size() <= kPlainBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// Whether a version was given to one record of its key alone.
bool IsUnique(int64_t version) {
  const auto rank = static_cast<uint64_t>(version) & kRankMost;
  return rank != kRankOfSnapshot && rank != kRankMost;
}

}  // namespace

std::string IdempotencyKey(std::optional<std::string_view> id_header,
                           std::optional<std::string_view> change_header,
                           std::optional<std::string_view> key, const TopicPartition& stream,
                           Offset offset) {
  if (id_header && !id_header->empty()) {
    return IsPlain(*id_header) ? std::string(*id_header) : "h-" + Sha256Hex(*id_header);
  }
  const auto change = change_header ? ParseChangeHeader(*change_header) : std::nullopt;
  if (change && key && IsUnique(change->version)) {
    std::string text = stream.topic + '\0';
    text.append(std::to_string(change->version)).append(1, '\0').append(*key);
    return "v-" + Sha256Hex(text);
  }
  return stream.topic + "-" + std::to_string(stream.partition) + "-" + std::to_string(offset.value);
}

}  // namespace sluice
