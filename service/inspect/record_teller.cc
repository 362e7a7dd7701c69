#include "service/inspect/record_teller.h"

#include <ostream>

#include "service/inspect/render.h"

namespace sluice::inspect {

RecordTeller::RecordTeller(const TellerSettings& settings, std::ostream& out)
    : planner_(settings.planner), json_(settings.json), out_(out) {
  if (!settings.seen.empty()) seen_.emplace(settings.seen);
}

void RecordTeller::Tell(const OwnedRecord& record) {
  const InspectedRecord inspected = planner_.Inspect(record);
  out_ << (json_ ? RenderJson(record, inspected) : RenderLine(record, inspected)) << "\n";
  if (!seen_) return;
  new_value_ |= seen_->Note(record, inspected);
  any_ = true;
}

void RecordTeller::TellSeen() {
  if (!seen_ || !any_) return;
  new_value_ = any_ = false;
  out_ << (json_ ? seen_->RenderJson() : seen_->RenderText()) << "\n";
}

void RecordTeller::TellNewlySeen() {
  if (new_value_) TellSeen();
}

}  // namespace sluice::inspect
