#include "adapters/elasticsearch/index_admin.h"

#include <algorithm>
#include <utility>

#include "adapters/elasticsearch/control_json.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/index_names.h"
#include "adapters/elasticsearch/jitter.h"
#include "core/operations/index/control_choices.h"

namespace sluice::elasticsearch {
namespace {

/// A node may still show the state before a neighbour's creation: look so often before refusing.
constexpr uint32_t kLostRacesMax = 5;

std::string Words(const Response& response) {
  if (response.error != TransferError::kNone) return response.detail;
  const ErrorBody words = ReadErrorBody(response.body);
  std::string text = "HTTP " + std::to_string(response.status);
  if (!words.type.empty()) text += " " + words.type;
  if (!words.reason.empty()) text += ": " + words.reason;
  return text;
}

}  // namespace

IndexAdmin::IndexAdmin(const Settings& settings, Transport& transport, const Clock& clock)
    : settings_(settings),
      transport_(transport),
      clock_(clock),
      // Only for jitter: workers that failed together must not come back together.
      random_state_(static_cast<uint64_t>(clock.NowUs()) ^ reinterpret_cast<uintptr_t>(this)) {}

Status IndexAdmin::NameTarget(Target& target) const {
  target.name = target.stream;
  Result<std::string> name = IndexNameOf(target.stream, settings_.index_names);
  if (!name) return name.error();
  target.name = std::move(*name);
  const std::pair<std::string_view, const std::string&> own[] = {
      {"control.index", settings_.control_index}, {"divergent.index", settings_.divergent_index}};
  for (const auto& [option, index] : own)
    if (target.name == index)
      return Error{"topic " + target.stream + " would be written to index " + target.name +
                       ", where " + std::string(option) + " keeps what sluice itself records",
                   "leave the topic out of kafka.topics and kafka.topics.regex, or give it another "
                   "name with index.names"};
  for (const Target& other : targets_)
    if (&other != &target && other.name == target.name)
      return Error{"topics " + other.stream + " and " + target.stream +
                       " would both be written to index " + target.name,
                   "give one of them another name with index.names"};
  return {};
}

IndexSlot IndexAdmin::Prepare(const std::string& stream) {
  paused_ = false;
  for (uint32_t i = 0; i < targets_.size(); ++i) {
    Target& target = targets_[i];
    if (target.stream != stream) continue;
    if (target.step == Step::kReady) Tell(i, Disposition::kDone, FailureReason::kNone, "");
    if (target.step == Step::kRefused)
      Tell(i, Disposition::kHalt, target.refused_for, target.refusal);
    return IndexSlot{i};
  }
  const auto index = static_cast<uint32_t>(targets_.size());
  Target& target = targets_.emplace_back();
  target.stream = stream;
  if (const Status named = NameTarget(target); !named) Refuse(index, named.error().ToString());
  target.action = MakeActionTemplate(target.name);
  return IndexSlot{index};
}

void IndexAdmin::Poll(std::vector<PrepareResult>& prepared) {
  const int64_t now = clock_.NowUs();
  for (uint32_t i = 0; i < targets_.size() && !paused_; ++i) {
    if (asked_ >= (cluster_.known ? kRequestsMax : 1)) break;
    const Target& target = targets_[i];
    const bool open = target.step != Step::kReady && target.step != Step::kRefused;
    if (open && !target.asked && target.not_before_us <= now) Ask(i);
  }
  prepared.insert(prepared.end(), std::make_move_iterator(news_.begin()),
                  std::make_move_iterator(news_.end()));
  news_.clear();
}

void IndexAdmin::Ask(uint32_t index) {
  Target& target = targets_[index];
  const bool detecting = target.step == Step::kDetectRoot || target.step == Step::kDetectNodes;
  if (detecting && cluster_.known) target.step = Step::kInspect;
  Request request;
  request.tag = kAdminTag | index;
  switch (target.step) {
    case Step::kDetectRoot: request.path = "/"; break;
    case Step::kDetectNodes: request.path = kNodesPath; break;
    case Step::kInspect: request.path = InspectPath(target.name); break;
    case Step::kRecall: request.path = ControlPath(settings_.control_index, target.name); break;
    case Step::kCreate:
      request.method = "PUT";
      request.path = CreatePath(target.name);
      target.body = CreateIndexBody(target.name, settings_);
      request.body = target.body;
      break;
    case Step::kReady:
    case Step::kRefused: return;
  }
  target.asked = true;
  ++asked_;
  transport_.Start(std::move(request));
}

void IndexAdmin::Take(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  target.asked = false;
  --asked_;
  if (response.error == TransferError::kCancelled) {
    Tell(index, Disposition::kCancelled, FailureReason::kNone, "cancelled");
    return;
  }
  if (response.error != TransferError::kNone || response.status >= 500 || response.status == 429 ||
      response.status == 401) {
    TryAgain(index, response);
    return;
  }
  switch (target.step) {
    case Step::kDetectRoot: TakeRoot(index, response); return;
    case Step::kDetectNodes: TakeNodes(index, response); return;
    case Step::kInspect: TakeInspected(index, response); return;
    case Step::kRecall: TakeRecalled(index, response); return;
    case Step::kCreate: TakeCreated(index, response); return;
    case Step::kReady:
    case Step::kRefused: return;
  }
}

void IndexAdmin::TakeRoot(uint32_t index, const Response& response) {
  std::optional<Cluster> cluster;
  if (response.status == 200) cluster = ReadRoot(response.body);
  if (cluster) {
    Recognise(index, std::move(*cluster));
  } else {
    targets_[index].step = Step::kDetectNodes;  // reduced builds and accounts refuse GET /
  }
}

void IndexAdmin::TakeNodes(uint32_t index, const Response& response) {
  std::optional<Cluster> cluster =
      ClusterBehind(response.status, response.body, response.elastic_product);
  if (cluster) {
    Recognise(index, std::move(*cluster));
    return;
  }
  targets_[index].step = Step::kDetectRoot;
  BackOff(targets_[index]);
  Tell(index, Disposition::kHold, FailureReason::kUnexpectedStatus,
       "what answers at elasticsearch.urls is neither Elasticsearch nor OpenSearch (HTTP " +
           std::to_string(response.status) + ")");
}

void IndexAdmin::Recognise(uint32_t index, Cluster cluster) {
  if (const Status version = CheckVersion(cluster); !version) {
    Refuse(index, version.error().ToString());
    return;
  }
  cluster_ = std::move(cluster);
  targets_[index].step = Step::kInspect;
}

void IndexAdmin::TakeInspected(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  const bool told = response.status == 200 || response.status == 404;
  if (cluster_.version.empty() && told) cluster_.opensearch = !response.elastic_product;
  if (response.status == 404) {
    if (target.lost_races > kLostRacesMax) {
      Refuse(index, "there is an index " + BackingName(target.name) + " but no alias " +
                        target.name +
                        "; add it: " + AddAlias(BackingName(target.name), target.name, settings_) +
                        ", or delete that index with all that it holds");
    } else {
      target.step = Step::kRecall;
    }
    return;
  }
  const auto existing =
      response.status == 200 ? ReadExisting(response.body, target.name) : std::nullopt;
  if (!existing || existing->empty()) {
    TryAgain(index, response);
    return;
  }
  std::string refusal = RefusalOf(target.name, *existing, settings_);
  if (!refusal.empty()) {
    Refuse(index, std::move(refusal));
    return;
  }
  if (existing->size() > 1) target.write_index = WriteIndexOf(*existing)->backing;
  target.step = Step::kReady;
  Tell(index, Disposition::kDone, FailureReason::kNone, "");
}

/// An index that was written once is not made anew, without a word, in the place of what is gone:
/// its searches would find nothing, and what it held is not known to be missing any more.
void IndexAdmin::TakeRecalled(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  if (response.status == 404) {
    target.step = Step::kCreate;
    return;
  }
  const auto stored = response.status == 200 ? ReadStored(response.body) : std::nullopt;
  if (!stored) {
    TryAgain(index, response);
    return;
  }
  const auto record = ParseControl(stored->document);
  if (!record) {
    Refuse(index, record.error().ToString(), FailureReason::kControlMismatch);
  } else if (const IndexFacts& was = record->destination; was.uuid.empty()) {
    target.step = Step::kCreate;  // to be made anew, an operator said
  } else {
    Refuse(index,
           "index " + target.name + " is not there, recorded was " + was.backing + " (" + was.uuid +
               "); if only its alias is gone: " + AddAlias(was.backing, target.name, settings_) +
               ChoicesFor(HistoryChange::kIndexGone, target.name, was.backing),
           FailureReason::kControlMismatch);
  }
}

void IndexAdmin::TakeCreated(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  if (response.status == 200) {
    target.step = Step::kInspect;
    return;
  }
  if (response.status != 400) {
    target.step = Step::kInspect;
    TryAgain(index, response);
    return;
  }
  const ErrorBody words = ReadErrorBody(response.body);
  if (words.type == "resource_already_exists_exception") {
    ++target.lost_races;  // perhaps to a neighbour, a moment ago: look again
    target.step = Step::kInspect;
    if (target.lost_races > 1) BackOff(target);
    return;
  }
  Refuse(index, "it cannot be created with index.settings and index.mappings: " + Words(response));
}

void IndexAdmin::BackOff(Target& target) {
  constexpr uint32_t kDoublingsMax = 16;
  target.failures = std::min(target.failures + 1, kDoublingsMax);
  const int64_t ceiling_us =
      std::min(settings_.retry_longest_ms, settings_.retry_first_ms << (target.failures - 1)) *
      1000;
  const auto range = static_cast<uint64_t>(std::max<int64_t>(ceiling_us, 1));
  target.not_before_us = clock_.NowUs() + 1000 +
                         static_cast<int64_t>(NextRandom(random_state_) % range);  // full jitter
}

void IndexAdmin::TryAgain(uint32_t index, const Response& response) {
  BackOff(targets_[index]);
  const Verdict verdict = response.error != TransferError::kNone
                              ? OfTransfer(response.error, response.body_sent)
                              : OfRequest(response.status);
  // A 200 that was not understood.
  const FailureReason reason =
      verdict.disposition == Disposition::kDone ? FailureReason::kUnreadableReply : verdict.reason;
  Tell(index, Disposition::kHold, reason, Words(response));
}

void IndexAdmin::Refuse(uint32_t index, std::string sentence, FailureReason reason) {
  Target& target = targets_[index];
  target.step = Step::kRefused;
  target.refusal = sentence;
  target.refused_for = reason;
  Tell(index, Disposition::kHalt, reason, std::move(sentence));
}

void IndexAdmin::Tell(uint32_t index, Disposition disposition, FailureReason reason,
                      std::string detail) {
  news_.push_back({IndexSlot{index},
                   Failure{{disposition, reason, WriteResult::kCreated}, "", std::move(detail)}});
}

}  // namespace sluice::elasticsearch
