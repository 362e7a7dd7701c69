#include "adapters/elasticsearch/index_admin.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "adapters/elasticsearch/index_names.h"

namespace sluice::elasticsearch {
namespace {

/// Names are checked, but a template may hold a percent sign or a non-ASCII letter.
std::string UrlEscaped(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                       c == '_' || c == '~';
    if (plain) {
      escaped.push_back(c);
    } else {
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

std::string Shortened(const std::string& text) {
  constexpr size_t kLongest = 300;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

std::string Backing(const std::string& name) {
  return name + "-000001";
}

}  // namespace

IndexAdmin::IndexAdmin(const Settings& settings, Transport& transport, const Clock& clock)
    : settings_(settings), transport_(transport), clock_(clock) {}

IndexSlot IndexAdmin::Prepare(const std::string& stream) {
  for (uint32_t i = 0; i < targets_.size(); ++i)
    if (targets_[i].stream == stream) {
      if (targets_[i].step == Step::kReady) Tell(i, Disposition::kDone, FailureReason::kNone, "");
      return IndexSlot{i};
    }
  const auto index = static_cast<uint32_t>(targets_.size());
  Target& target = targets_.emplace_back();
  target.stream = stream;
  const auto mapped = std::find_if(settings_.index_names.begin(), settings_.index_names.end(),
                                   [&stream](const auto& entry) { return entry.first == stream; });
  const Result<std::string> name = mapped != settings_.index_names.end()
                                       ? Result<std::string>(mapped->second)
                                       : IndexNameOf(stream);
  target.name = name ? *name : stream;
  Status valid = name ? CheckIndexName(target.name) : Status(name.error());
  if (valid) {
    for (uint32_t i = 0; i < index; ++i)
      if (targets_[i].name == target.name)
        valid = Error{"topics " + targets_[i].stream + " and " + stream +
                          " would both be written to index " + target.name,
                      "give one of them another name with index.names"};
  }
  if (!valid) {
    target.step = Step::kRefused;
    Tell(index, Disposition::kHalt, FailureReason::kIndexUnsuitable, valid.error().ToString());
    return IndexSlot{index};
  }
  target.action = MakeActionTemplate(target.name);
  target.step = cluster_.known ? Step::kInspect : Step::kDetect;
  return IndexSlot{index};
}

void IndexAdmin::Poll(std::vector<PrepareResult>& prepared) {
  const int64_t now = clock_.NowUs();
  for (uint32_t i = 0; i < targets_.size(); ++i) {
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
  target.asked = true;
  Request request;
  request.tag = kAdminTag | index;
  if (target.step == Step::kDetect && cluster_.known) target.step = Step::kInspect;
  switch (target.step) {
    case Step::kDetect: request.path = "/_nodes/_local?filter_path=nodes.*.version"; break;
    case Step::kInspect:
      request.path = "/" + UrlEscaped(target.name) +
                     "?filter_path=*.aliases,*.settings.index.gc_deletes,"
                     "*.settings.index.default_pipeline,*.settings.index.final_pipeline";
      break;
    case Step::kCreate:
      request.method = "PUT";
      request.path = "/" + UrlEscaped(Backing(target.name));
      target.body = CreateIndexBody(target.name, settings_);
      request.body = target.body;
      break;
    case Step::kReady:
    case Step::kRefused: return;
  }
  transport_.Start(std::move(request));
}

void IndexAdmin::Take(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  target.asked = false;
  if (response.error == TransferError::kCancelled) return;
  if (response.error != TransferError::kNone || response.status >= 500 || response.status == 429 ||
      response.status == 401) {
    TryAgain(index, response);
    return;
  }
  switch (target.step) {
    case Step::kDetect: TakeDetected(target, response); return;
    case Step::kInspect: TakeInspected(index, response); return;
    case Step::kCreate: TakeCreated(index, response); return;
    case Step::kReady:
    case Step::kRefused: return;
  }
}

void IndexAdmin::TakeDetected(Target& target, const Response& response) {
  // An account without the right to see the nodes still shows the product by its header.
  cluster_.known = true;
  cluster_.opensearch = !response.elastic_product;
  simdjson::dom::parser parser;
  simdjson::dom::object nodes;
  if (parser.parse(response.body)["nodes"].get(nodes) == simdjson::SUCCESS) {
    for (const auto& [id, node] : nodes) {
      std::string_view version;
      if (node["version"].get(version) == simdjson::SUCCESS) cluster_.version = version;
    }
  }
  target.step = Step::kInspect;
}

void IndexAdmin::TakeInspected(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  if (response.status == 404) {
    if (target.created_by_other) {
      target.step = Step::kRefused;
      Tell(index, Disposition::kHalt, FailureReason::kIndexUnsuitable,
           "there is an index " + Backing(target.name) + " but no alias " + target.name +
               "; add it: POST /_aliases {\"actions\":[{\"add\":{\"index\":\"" +
               Backing(target.name) + "\",\"alias\":\"" + target.name +
               "\",\"is_write_index\":true}}]}, or delete that index");
      return;
    }
    target.step = Step::kCreate;
    return;
  }
  const auto existing =
      response.status == 200 ? ReadExisting(response.body, target.name) : std::nullopt;
  if (!existing) {
    TryAgain(index, response);
    return;
  }
  CheckExisting(index, *existing);
}

void IndexAdmin::CheckExisting(uint32_t index, const std::vector<ExistingIndex>& existing) {
  Target& target = targets_[index];
  std::string refusal;
  const ExistingIndex* write = existing.size() == 1 ? &existing.front() : nullptr;
  for (const ExistingIndex& candidate : existing)
    if (candidate.write_index) write = &candidate;
  if (existing.size() == 1 && existing.front().backing == target.name) {
    refusal =
        "it is an index, not an alias, so that a rebuild could not swap it and a deleted one "
        "would come back empty; reindex it to " +
        Backing(target.name) + " and put the alias " + target.name +
        " onto that, or map the topic to another name with index.names";
  } else if (write == nullptr) {
    refusal = "the alias stands for " + std::to_string(existing.size()) +
              " indices and none is its write index; set is_write_index on one of them";
  } else if (!write->pipeline.empty() && !settings_.allow_pipelines) {
    refusal = "index " + write->backing + " has the ingest pipeline " + write->pipeline +
              ", which could change or drop documents; remove it, or set index.allow_pipelines";
  } else if (write->gc_deletes_ms < kGcDeletesLeastMs) {
    refusal = "index " + write->backing + " remembers deletes for " +
              std::to_string(write->gc_deletes_ms / 1000) +
              " s only, so that a late copy of an old write could bring a deleted document back; "
              "PUT /" +
              write->backing + "/_settings {\"index.gc_deletes\":\"15m\"}";
  }
  if (!refusal.empty()) {
    target.step = Step::kRefused;
    Tell(index, Disposition::kHalt, FailureReason::kIndexUnsuitable, std::move(refusal));
    return;
  }
  target.step = Step::kReady;
  Tell(index, Disposition::kDone, FailureReason::kNone, "");
}

void IndexAdmin::TakeCreated(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  if (response.status == 200) {
    target.step = Step::kReady;
    Tell(index, Disposition::kDone, FailureReason::kNone, "");
  } else if (response.status == 400 &&
             response.body.find("resource_already_exists_exception") != std::string::npos) {
    target.created_by_other = true;  // perhaps by a neighbour, a moment ago: look again
    target.step = Step::kInspect;
  } else if (response.status == 400) {
    target.step = Step::kRefused;
    Tell(
        index, Disposition::kHalt, FailureReason::kIndexUnsuitable,
        "it cannot be created with index.settings and index.mappings: " + Shortened(response.body));
  } else {
    TryAgain(index, response);
  }
}

void IndexAdmin::TryAgain(uint32_t index, const Response& response) {
  Target& target = targets_[index];
  target.failures = std::min(target.failures + 1, 16U);
  const int64_t wait_ms =
      std::min(settings_.retry_longest_ms, settings_.retry_first_ms << (target.failures - 1));
  target.not_before_us = clock_.NowUs() + wait_ms * 1000;
  const Verdict verdict = response.error != TransferError::kNone
                              ? OfTransfer(response.error, response.body_sent)
                              : OfRequest(response.status);
  Tell(index, Disposition::kHold, verdict.reason,
       response.error != TransferError::kNone
           ? response.detail
           : "HTTP " + std::to_string(response.status) + " " + Shortened(response.body));
}

void IndexAdmin::Tell(uint32_t index, Disposition disposition, FailureReason reason,
                      std::string detail) {
  news_.push_back({IndexSlot{index},
                   Failure{{disposition, reason, WriteResult::kCreated}, "", std::move(detail)}});
}

}  // namespace sluice::elasticsearch
