#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/ports/clock.h"
#include "core/ports/document_scan.h"

namespace sluice::elasticsearch {

/// The documents of an index by refresh and scroll: both servers have it, it needs no field that
/// can be sorted, and it is one view of the index.
///
/// Threads:   as the transport.
/// Ownership: borrows transport and clock.
/// Time:      no call blocks. What cannot be reached is tried again without end, with back-off.
/// Errors:    as answers: kHold repeats, kHalt where the index is gone.
class ScanDesk : public DocumentScan {
 public:
  /// `name_of`: the name to read an index by.
  ScanDesk(const Settings& settings, Transport& transport, const Clock& clock, uint64_t tag,
           std::function<const std::string&(IndexSlot)> name_of)
      : settings_(settings),
        transport_(transport),
        clock_(clock),
        tag_(tag),
        name_of_(std::move(name_of)) {}

  void Begin(IndexSlot index) override;
  void Next() override;
  std::optional<ScanPage> Poll() override;
  void End() override;

  /// Takes the answer to request `number` of this desk.
  void Take(uint32_t number, const Response& response);

 private:
  enum class Step : uint8_t { kIdle, kRefresh, kSearch, kScroll };

  void Restart();
  void Ask();
  void EndScroll();
  void TakeStep(const Response& response);
  void TryAgain(const Response& response, const std::string& what);

  const Settings& settings_;
  Transport& transport_;
  const Clock& clock_;
  const uint64_t tag_;
  const std::function<const std::string&(IndexSlot)> name_of_;

  IndexSlot index_;
  Step step_ = Step::kIdle;
  bool wanted_ = false;  ///< The step is to be asked for.
  uint32_t asked_ = 0;   ///< Number of the request that is awaited; 0: none is.
  uint32_t next_ = 1;
  uint32_t failures_ = 0;
  int64_t not_before_us_ = 0;
  std::string scroll_;
  std::unordered_map<uint32_t, std::string> bodies_;  ///< Of requests under way, by number.
  std::optional<ScanPage> answer_;
};

}  // namespace sluice::elasticsearch
