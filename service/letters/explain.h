#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/dead_letter_record.h"
#include "adapters/kafka/topic_reader.h"
#include "core/model/divergence.h"
#include "core/model/record.h"
#include "core/model/result.h"
#include "core/operations/index/control_decision.h"
#include "service/inspect/write_planner.h"

namespace sluice::letters {

/// One record of the document's id.
struct KeyEvent {
  TopicPartition stream;
  Offset offset;
  int64_t timestamp_ms = -1;
  int64_t version = 0;
  inspect::PlannedWrite::Action action = inspect::PlannedWrite::Action::kIndex;
  std::string kind;  ///< "create", "update", …
  std::optional<int64_t> tx_id;
  std::optional<int64_t> lsn;
  std::optional<int64_t> source_ms;
  std::string letter;          ///< Where its newest dead letter is; empty: it was never refused.
  bool replayed = false;       ///< It was refused at first, and is the document by now.
  bool stale = false;          ///< Of a run that a newer one had followed: it was passed over.
  int64_t superseded_by = -1;  ///< Offset of the next record of the id that was accepted; -1: none.

  [[nodiscard]] bool refused() const { return !letter.empty() && !replayed; }
};

/// Why a document is as it is.
struct Explanation {
  std::string index;
  std::string id;
  bool exists = false;
  int64_t version = 0;
  VersionMode mode = VersionMode::kOffset;
  int32_t incarnation = 0;  ///< Of the version, in offset mode; as the next.
  int64_t offset = -1;
  int32_t recorded_incarnation = 0;
  uint64_t commit_lsn = 0;  ///< In header mode; as the next.
  uint32_t rank = 0;
  std::optional<KeyEvent> written;  ///< The record that the document is of.
  std::deque<KeyEvent> events;      ///< The newest records of its id, oldest first.
  uint64_t more = 0;                ///< Older ones that are not in `events`.
  std::optional<Divergence> divergent;
  std::vector<kafka::StoredLetter> letters;  ///< Without keys and values.
  std::vector<std::string> notes;            ///< What could not be found out, and why.
};

/// What explaining asks of the servers.
///
/// Threads, Ownership, Time, Errors: as ReplaySides.
class ExplainSides {
 public:
  virtual ~ExplainSides() = default;

  struct Stored {
    bool exists = false;
    int64_t version = 0;
  };
  [[nodiscard]] virtual Result<Stored> Get(const std::string& index, const std::string& id) = 0;
  struct History {
    std::optional<ControlRecord> recorded;
    ControlSight seen;
  };
  [[nodiscard]] virtual Result<History> Look(const std::string& index) = 0;
  [[nodiscard]] virtual Result<std::optional<Divergence>> Divergent(const std::string& index,
                                                                    const std::string& id) = 0;
  /// Reads as asked, up to the present end.
  [[nodiscard]] virtual Status Read(const kafka::ReadRequest& request,
                                    const std::function<bool(const OwnedRecord&)>& take) = 0;
  [[nodiscard]] virtual Status Letters(const std::function<void(kafka::StoredLetter)>& take) = 0;
};

struct ExplainOptions {
  size_t limit = 20;                      ///< Records that are listed.
  std::optional<kafka::ReadRange> since;  ///< Where the log is read from; none: its beginning.
  uint64_t version_bias = 0;              ///< Of the source, in header mode.
};

/// `sluice explain`: which record the document is of, and what came before and after it.
[[nodiscard]] Result<Explanation> Explain(const std::string& index, const std::string& id,
                                          const ExplainOptions& options, ExplainSides& sides,
                                          inspect::WritePlanner& planner);

/// For people.
[[nodiscard]] std::string RenderExplanation(const Explanation& explanation);
/// `sluice.explain/1`.
[[nodiscard]] std::string RenderExplanationJson(const Explanation& explanation);

}  // namespace sluice::letters
