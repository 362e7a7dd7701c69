#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "core/operations/index/pipeline_settings.h"
#include "core/ports/clock.h"
#include "core/ports/control_store.h"
#include "core/ports/dead_letters.h"
#include "core/ports/divergence_store.h"
#include "core/ports/document_index.h"
#include "core/ports/document_merger.h"
#include "core/ports/document_scan.h"
#include "core/ports/event_decoder.h"
#include "core/ports/observer.h"
#include "core/ports/randomness.h"
#include "core/ports/record_archive.h"
#include "core/ports/record_source.h"
#include "core/ports/waiter.h"

namespace sluice {

/// Everything a pipeline is joined to. References outlive the pipeline.
struct PipelinePorts {
  RecordSource& source;
  EventDecoder& decoder;
  DocumentMerger& merger;
  DocumentIndex& index;
  DeadLetters& dead_letters;
  RecordArchive& archive;
  Waiter& waiter;
  Clock& clock;
  Randomness& randomness;
  Observer& observer;
  ControlStore& control;
  DivergenceStore& divergence;
  DocumentScan& scan;
};

/// How a pipeline ended.
enum class PipelineEnd : uint8_t {
  kDrained,   ///< Asked to stop; everything read was applied and committed, but for deletes that
              ///< wait for their window: those are read again.
  kTimedOut,  ///< Asked to stop; the watermark was committed, the rest will be read again.
  kHalted,    ///< Going on could lose data.
  kRefused,   ///< Halted because another member of its group is the active one.
};

/// One reactor: reads records, writes documents, acknowledges. The loop that joins the ports; what
/// it does is decided by IndexMachine.
///
/// Threads:   Run() or Turn() on one thread; share nothing with other pipelines.
/// Ownership: ports are borrowed for the pipeline's lifetime.
/// Time:      a turn never blocks except in the waiter.
/// Errors:    a halt is an end with a sentence; everything else is held, retried or a dead letter.
class Pipeline {
 public:
  Pipeline(int worker, const PipelineSettings& settings, const PipelinePorts& ports);
  ~Pipeline();

  /// Turns until the pipeline has ended. After `stop` is requested (and the waiter woken) it
  /// drains.
  PipelineEnd Run(const std::stop_token& stop);

  /// One turn without waiting, for tests that own the clock. True when anything happened.
  bool Turn();
  /// Begins draining, as a stop request does.
  void Stop();
  [[nodiscard]] bool ended() const;
  [[nodiscard]] PipelineEnd end() const;
  [[nodiscard]] const PipelineStats& stats() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace sluice
