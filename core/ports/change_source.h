#pragma once

#include "core/model/outcome.h"
#include "core/model/source_change.h"

namespace sluice {

/// The committed changes of a database, in commit order, and its memory of how far they were taken.
///
/// Threads:   one call at a time.
/// Ownership: a change and the values it shows are valid until the next call of Next(); its table
///            until the source is destroyed.
/// Time:      no call blocks longer than a write to a socket. New changes make the source's
///            descriptor readable.
/// Errors:    kFailed ends the source: `failure()` says what to do. After it nothing else comes.
class ChangeSource {
 public:
  enum class Progress : uint8_t {
    kChange,   ///< `change` is filled.
    kNothing,  ///< Nothing has arrived that was not told.
    kFailed,
  };

  virtual ~ChangeSource() = default;

  virtual Progress Next(SourceChange& change) = 0;
  [[nodiscard]] virtual const Failure& failure() const = 0;
  /// Nothing more can be taken for now: the descriptor stays silent until the next Next(), so that
  /// what has arrived does not keep the caller from sleeping.
  virtual void Rest() {}

  /// The end of the database's log, as last heard.
  [[nodiscard]] virtual Lsn log_end() const = 0;
  /// Everything before `flushed` is safe: the database may forget it. Told with the next status.
  /// Never goes back.
  virtual void Acknowledge(Lsn flushed) = 0;
  /// To be called in each turn: keeps the connection alive and tells what was acknowledged.
  virtual void KeepAlive() = 0;
};

}  // namespace sluice
