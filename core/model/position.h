#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace sluice {

/// The place of a record in its partition. Counts from 0; the log may leave gaps.
struct Offset {
  int64_t value = 0;

  [[nodiscard]] constexpr Offset Next() const { return Offset{value + 1}; }
  auto operator<=>(const Offset&) const = default;
};

/// A position in PostgreSQL's write-ahead log, in bytes.
struct Lsn {
  uint64_t value = 0;

  auto operator<=>(const Lsn&) const = default;
};

/// One partition of a stream, as people name it.
struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

/// A small dense number that a record source gives to each partition it has ever been assigned, so
/// that no text is looked up per record. Valid for the lifetime of that source.
struct PartitionSlot {
  uint32_t value = 0;

  auto operator<=>(const PartitionSlot&) const = default;
};

/// A small dense number that a document index gives to each destination it was asked to prepare.
struct IndexSlot {
  uint32_t value = 0;

  auto operator<=>(const IndexSlot&) const = default;
};

/// Where reading goes on: the next record wanted, and the leader epoch of the record before it
/// (-1: unknown), by which a broker notices a truncated log.
struct CommitPosition {
  Offset next;
  int32_t leader_epoch = -1;

  auto operator<=>(const CommitPosition&) const = default;
};

}  // namespace sluice
