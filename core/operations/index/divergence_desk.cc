#include "core/operations/index/divergence_desk.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice {

DivergenceDesk::Index& DivergenceDesk::At(IndexSlot index) {
  if (index.value >= indices_.size()) indices_.resize(index.value + size_t{1});
  return indices_[index.value];
}

void DivergenceDesk::Load(IndexSlot index, const std::string& name) {
  Index& at = At(index);
  at.name = name;
  ++at.loads;
  at.asked_us = now_us_;
  // One more than fit, so that too many are noticed.
  store_.Load(name, ids_max_ + 1);
}

DivergenceDesk::Known& DivergenceDesk::Learn(Index& index, const Divergence& entry) {
  const auto [place, is_new] = index.ids.try_emplace(entry.id);
  Known& known = place->second;
  known.load = index.loads;
  const int64_t newest = known.causes.newest();
  known.causes.Add(DivergenceCauses(entry));
  if (is_new) {
    ++known_;
  } else {
    if (entry.version < newest) return known;
    --index.counts[known.partition];
  }
  known.reason = entry.reason;
  known.partition = entry.stream.partition;
  known.offset = entry.offset;
  ++index.counts[known.partition];
  return known;
}

void DivergenceDesk::Forget(Index& index, const std::string& id) {
  const auto found = index.ids.find(id);
  if (found == index.ids.end()) return;
  --index.counts[found->second.partition];
  index.ids.erase(found);
  --known_;
}

uint64_t DivergenceDesk::Note(IndexSlot slot, Divergence entry) {
  Index& index = At(slot);
  entry.index = index.name;
  entry.since = entry.version;
  Known& known = Learn(index, entry);
  ++known.pending;
  entry.since = known.causes.since();
  entry.causes = known.causes.versions();
  if (known.causes.newest() > entry.version) {
    // An older cause than the newest one only adds to what is stored of that.
    entry.version = known.causes.newest();
    entry.reason = known.reason;
    entry.stream.partition = known.partition;
    entry.offset = known.offset;
    entry.fields.clear();
  }
  if (known_ > ids_max_) HaltForNumber(slot);
  const uint64_t ticket = next_ticket_++;
  open_.emplace(ticket, Ticket{slot, entry.id});
  store_.Put(ticket, entry);
  return ticket;
}

bool DivergenceDesk::Bars(IndexSlot slot, std::string_view id, int64_t older, int64_t newer) const {
  if (!any(slot)) return false;
  const Index& index = indices_[slot.value];
  const auto found = index.ids.find(id);
  return found != index.ids.end() && found->second.causes.Between(older, newer);
}

void DivergenceDesk::Applied(IndexSlot slot, const std::string& id, int64_t version, bool whole,
                             bool written) {
  if (!any(slot)) return;
  Index& index = indices_[slot.value];
  const auto found = index.ids.find(id);
  if (found == index.ids.end()) return;
  const Known& known = found->second;
  // A row that lacks a value has noted so under its own version before it was sent. One that was
  // refused under this version was accepted now.
  const bool above = version > known.causes.newest();
  const bool same =
      version == known.causes.newest() && (whole || known.reason == DivergenceReason::kRefused);
  // A state that was there already was put together by somebody else, perhaps without a value.
  if (!(above || same) || !(whole || written)) return;
  Forget(index, id);
  store_.Remove(index.name, id, version);
}

uint64_t DivergenceDesk::count(IndexSlot slot, int32_t partition) const {
  if (!any(slot)) return 0;
  const auto found = indices_[slot.value].counts.find(partition);
  return found == indices_[slot.value].counts.end() ? 0 : found->second;
}

void DivergenceDesk::LookAgain() {
  for (uint32_t i = 0; i < indices_.size(); ++i) {
    const Index& index = indices_[i];
    if (index.ids.empty() || index.answers < index.loads) continue;
    if (now_us_ - index.asked_us >= kLookAgainUs) Load(IndexSlot{i}, std::string(index.name));
  }
}

bool DivergenceDesk::Poll(int64_t now_us, std::vector<News>& news) {
  now_us_ = now_us;
  LookAgain();
  answers_.clear();
  store_.Poll(answers_);
  for (DivergenceAnswer& answer : answers_) {
    if (answer.kind == DivergenceAnswer::Kind::kStored) {
      TakeStored(answer.token);
      continue;
    }
    const auto found = std::find_if(
        indices_.begin(), indices_.end(),
        [&answer](const Index& index) { return index.loads > 0 && index.name == answer.index; });
    const auto slot =
        IndexSlot{static_cast<uint32_t>(found == indices_.end() ? 0 : found - indices_.begin())};
    switch (answer.kind) {
      case DivergenceAnswer::Kind::kLoaded:
        if (found != indices_.end()) TakeLoaded(slot, answer);
        break;
      case DivergenceAnswer::Kind::kHeld:
        news_.push_back({News::Kind::kHeld, slot, std::move(answer.failure)});
        break;
      case DivergenceAnswer::Kind::kHalted:
        news_.push_back({News::Kind::kHalted, slot, std::move(answer.failure)});
        break;
      case DivergenceAnswer::Kind::kStored: break;
    }
  }
  const bool any = !answers_.empty() || !news_.empty();
  news.insert(news.end(), std::make_move_iterator(news_.begin()),
              std::make_move_iterator(news_.end()));
  news_.clear();
  return any;
}

void DivergenceDesk::TakeStored(uint64_t ticket) {
  const auto open = open_.find(ticket);
  if (open == open_.end()) return;
  Index& index = indices_[open->second.index.value];
  if (const auto found = index.ids.find(open->second.id); found != index.ids.end()) {
    // A load that is under way may have looked before it was stored.
    found->second.load = index.loads;
    if (found->second.pending > 0) --found->second.pending;
  }
  open_.erase(open);
}

void DivergenceDesk::TakeLoaded(IndexSlot slot, const DivergenceAnswer& answer) {
  Index& index = indices_[slot.value];
  // Of several questions only the last answer counts: it knows all that was stored before.
  if (++index.answers < index.loads) return;
  std::vector<std::string> told;
  for (const Divergence& entry : answer.entries) {
    Learn(index, entry);
    told.push_back(entry.id);
  }
  // What is not stored any more was healed by another owner, unless it was noted since.
  std::sort(told.begin(), told.end());
  std::vector<std::string> healed;
  for (const auto& [id, known] : index.ids) {
    if (known.load < index.loads && known.pending == 0 &&
        !std::binary_search(told.begin(), told.end(), id))
      healed.push_back(id);
  }
  for (const std::string& id : healed) Forget(index, id);
  if (!answer.complete || known_ > ids_max_) {
    HaltForNumber(slot);
  } else {
    news_.push_back({News::Kind::kLoaded, slot, {}});
  }
}

void DivergenceDesk::HaltForNumber(IndexSlot slot) {
  Failure failure;
  failure.verdict = {Disposition::kHalt, FailureReason::kTooManyDivergent, WriteResult::kCreated};
  failure.detail =
      "index " + indices_[slot.value].name + " brings the divergent ids to more than " +
      std::to_string(ids_max_) +
      ": rows were written without values that nobody had, or refused, and each such id is kept in "
      "memory. Have their rows told anew (`sluice verify --repair`, or a snapshot of the table) "
      "after raising divergent.max.ids, and delete the entries of ids that have no row from "
      "divergent.index; where large values are left out of most updates, set "
      "REPLICA IDENTITY FULL on the table";
  news_.push_back({News::Kind::kHalted, slot, std::move(failure)});
}

}  // namespace sluice
