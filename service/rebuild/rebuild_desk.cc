#include "service/rebuild/rebuild_desk.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/operations/group/commit_note.h"
#include "service/composition/adapter_settings.h"
#include "service/rebuild/shadow_config.h"

namespace sluice::rebuild {
namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};

}  // namespace

RebuildDesk::RebuildDesk(const config::Config& config, std::string index, kafka::Admin admin)
    : config_(config),
      index_(std::move(index)),
      shadow_(ShadowNameOf(index_)),
      admin_(std::move(admin)),
      mover_(service::SearchSettings(config), clock_),
      divergences_(service::SearchSettings(config), clock_, kTimeout) {}

Result<std::unique_ptr<RebuildDesk>> RebuildDesk::Open(const config::Config& config,
                                                       const std::string& index) {
  if (Status named = CheckNames(index); !named) return named.error();
  auto admin = kafka::Admin::Open(service::KafkaSettings(config), kTimeout);
  if (!admin) return admin.error();
  std::unique_ptr<RebuildDesk> desk(new RebuildDesk(config, index, std::move(*admin)));
  auto live = service::ControlOperator::Open(config);
  if (!live) return live.error();
  desk->live_records_ = std::move(*live);
  // Which topic it is made of is known by the first look.
  auto view = desk->live_records_->Look(index);
  if (!view) return view.error();
  desk->topic_ = view->seen.stream.topic;
  desk->shadow_config_ = ShadowConfig(config, index, desk->topic_,
                                      static_cast<int64_t>(view->seen.stream.partitions.size()));
  auto shadow = service::ControlOperator::Open(desk->shadow_config_);
  if (!shadow) return shadow.error();
  desk->shadow_records_ = std::move(*shadow);
  return desk;
}

Result<RebuildSight> RebuildDesk::Look() {
  auto live = live_records_->Look(index_);
  if (!live) return live.error();
  auto shadow = shadow_records_->Look(shadow_);
  if (!shadow) return shadow.error();
  live_ = std::move(*live);
  shadow_view_ = std::move(*shadow);
  return RebuildSight{live_.recorded, live_.seen, shadow_view_.recorded, shadow_view_.seen};
}

Result<bool> RebuildDesk::LeftClean() {
  const auto committed = admin_.Committed(shadow_config_.kafka_group_id);
  if (!committed) return committed.error();
  return std::all_of(committed->begin(), committed->end(), [this](const auto& commit) {
    return commit.first.topic != topic_ || ParseCommitNote(commit.second.note).clean;
  });
}

Result<size_t> RebuildDesk::MembersOf(const std::string& group) {
  const auto info = admin_.DescribeGroup(group);
  if (!info) return info.error();
  return info->members;
}

Status RebuildDesk::Begin(const ControlChange& change) {
  return shadow_records_->Apply(shadow_view_, change);
}

Status RebuildDesk::Forget() {
  if (Status gone = ForgetDivergences(shadow_); !gone) return gone;
  if (Status gone = mover_.ForgetRecord(shadow_); !gone) return gone;
  // Last, for nothing depends on it: the brokers forget it by themselves after a while.
  return admin_.DeleteGroup(shadow_config_.kafka_group_id);
}

Status RebuildDesk::WriteLive(const ControlRecord& record) {
  return live_records_->Apply(live_, {record});
}

Status RebuildDesk::WriteShadow(const ControlRecord& record) {
  return shadow_records_->Apply(shadow_view_, {record});
}

Status RebuildDesk::CopyDivergences(const std::string& from, const std::string& to) {
  auto entries = divergences_.All(from);
  if (!entries) return entries.error();
  if (entries->empty()) return {};
  const auto there = divergences_.All(to);
  if (!there) return there.error();
  std::unordered_set<std::string_view> known;
  for (const Divergence& entry : *there) known.insert(entry.id);
  for (Divergence& entry : *entries) {
    if (known.contains(entry.id)) continue;
    entry.index = to;
    if (Status put = divergences_.Put(entry); !put) return put;
  }
  return {};
}

Status RebuildDesk::ForgetDivergences(const std::string& index) {
  const auto entries = divergences_.All(index);
  if (!entries) return entries.error();
  for (const Divergence& entry : *entries)
    if (Status gone = divergences_.Remove(index, entry.id, entry.version); !gone) return gone;
  return {};
}

Result<std::vector<Divergence>> RebuildDesk::UnknownToLive() {
  const auto shadow = divergences_.All(shadow_);
  if (!shadow) return shadow.error();
  if (shadow->empty()) return std::vector<Divergence>();
  const auto live = divergences_.All(index_);
  if (!live) return live.error();
  return UnknownDivergences(*live, *shadow);
}

}  // namespace sluice::rebuild
