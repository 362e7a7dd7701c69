#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What the versions of an index's documents are made of (delivery contract, part 3).
enum class VersionMode : uint8_t {
  kOffset,  ///< incarnation * 2^48 + offset + 1
  kHeader,  ///< The header of our own source.
};

[[nodiscard]] const char* VersionModeName(VersionMode mode);

/// The highest incarnation of an index: versions are positive.
inline constexpr int32_t kIncarnationMax = 32'767;

/// What the brokers say about a topic, and about the group's place in it. One of each by partition.
struct StreamFacts {
  struct Partition {
    int64_t beginning = -1;
    int64_t end = -1;
    int64_t committed = -1;  ///< The group's next record, -1: it never committed one.
    std::string note = {};   ///< That was committed with it (CommitNote).
  };
  std::string topic;
  std::string cluster_id;  ///< Empty where the brokers have none to tell.
  std::string topic_id;    ///< Empty where the brokers have none to tell.
  std::vector<Partition> partitions;
};

/// What the search cluster says about the index behind a name.
struct IndexFacts {
  bool exists = false;
  std::string backing;       ///< Its own name, behind the alias.
  std::string uuid;          ///< Given at its creation.
  std::string history_uuid;  ///< Given when it was restored; empty: it never was.
  /// "0:pXq…", by shard: given when a primary began without the history of an older one.
  std::vector<std::string> primaries;
  int64_t operations = 0;  ///< How many writes and deletes it has ever taken.

  bool operator==(const IndexFacts&) const = default;
};

/// How keys are encoded: the form, and the schema where keys carry one. 0: no key was read yet.
/// Kafka chooses the partition by a key's bytes, so that another encoding moves keys.
using KeyEncoding = uint64_t;
inline constexpr KeyEncoding kKeyUnknown = 0;
inline constexpr KeyEncoding kKeyJson = 1;  ///< JSON without a schema.
inline constexpr KeyEncoding kKeyText = 2;  ///< Text that is no JSON.

/// With an embedded schema: made of its text.
[[nodiscard]] KeyEncoding KeyWithSchema(std::string_view schema);
/// "json", "text", "schema:9f86d081884c7d65"; empty: unknown.
[[nodiscard]] std::string KeyEncodingText(KeyEncoding encoding);
[[nodiscard]] std::optional<KeyEncoding> ParseKeyEncoding(std::string_view text);

/// An index beside the one that a name stands for: the alias is moved from one to the other
/// (`sluice rebuild`).
struct OtherIndex {
  IndexFacts facts;
  /// The alias is about to be moved onto it: who finds it there goes on. Else it is the one that
  /// the alias has left.
  bool next = false;
  /// By partition: every record before it is in the index that the alias leaves or has left.
  std::vector<int64_t> offsets;
  std::vector<int64_t> told_epochs;    ///< By partition: what the records before it have told.
  std::vector<int64_t> told_versions;  ///< The same. Both may be shorter: nothing was told.
  std::vector<int64_t> floors;         ///< As ControlRecord::floors, of this index.
  bool hides_stubs = false;   ///< The alias hides them in the index that it leaves or has left.
  int64_t moved_ms = 0;       ///< Since 1970, when that was decided.
  int64_t keep_until_ms = 0;  ///< It is not deleted before, unless an operator says so.

  bool operator==(const OtherIndex&) const = default;
};

/// From where an index that is not searched yet is filled (`sluice rebuild`).
struct Refill {
  enum class From : uint8_t {
    kTopic,   ///< The topic holds all that the index is made of.
    kSource,  ///< The source tells all rows once more, behind `starts`.
    kFormer,  ///< It is a former index, which lacks what came after the alias was moved.
  };
  From from = From::kTopic;
  int64_t asked_lsn = 0;  ///< Of kSource: the source was asked before this place; 0: not yet.
  bool told = false;      ///< Of kSource: every row was told.
  /// Tells apart the settings and mappings that the index is made with; empty: not known.
  std::string recipe = {};

  bool operator==(const Refill&) const = default;
};

[[nodiscard]] const char* RefillName(Refill::From from);  ///< "topic", "source", "former".

/// What is remembered of the history that an index's versions belong to: one small document an
/// index, beside the indices.
struct ControlRecord {
  std::string index;  ///< The name that documents are written to.
  IndexFacts destination;
  std::string group;  ///< That made the record.
  std::string cluster_id;
  std::string topic;
  std::string topic_id;
  int32_t partitions = 0;
  KeyEncoding key_encoding = kKeyUnknown;
  VersionMode version_mode = VersionMode::kOffset;
  int32_t incarnation = 1;
  std::vector<int64_t> starts;  ///< Of the incarnation: its first offset, by partition.
  /// By partition: stubs of deletes before it were removed, so that no earlier record may be read
  /// again. Empty: none were.
  std::vector<int64_t> floors;
  /// By partition: snapshots that begin before this offset belong to the history. May be shorter.
  std::vector<int64_t> snapshots_known;
  std::optional<OtherIndex> other;  ///< The next or the former index of the same name.
  std::optional<Refill> refill;     ///< Only while the index is being filled by `sluice rebuild`.
};

/// Which stored state of a record an answer was about: a change is refused when it is another.
struct ControlTicket {
  int64_t seq_no = -1;
  int64_t primary_term = -1;
};

}  // namespace sluice
