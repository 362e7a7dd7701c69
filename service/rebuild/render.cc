#include "service/rebuild/render.h"

#include <ctime>

#include "service/config/values.h"
#include "service/text/json_writer.h"

namespace sluice::rebuild {
namespace {

const OtherIndex* FormerOf(const RebuildReport& report) {
  const auto& live = report.sight.live;
  return live && live->other && !live->other->next ? &*live->other : nullptr;
}

}  // namespace

std::string RenderTime(int64_t wall_ms) {
  const auto seconds = static_cast<std::time_t>(wall_ms / 1'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string RenderWindowWait(int64_t window_us, int64_t until_ms) {
  return "the alias moves at " + RenderTime(until_ms) +
         " at the earliest: until then a late copy of what an earlier run has sent to the index "
         "that is filled may be alive (" +
         config::FormatDurationUs(window_us) +
         ": kafka.session.timeout, elasticsearch.request.timeout, elasticsearch.bulk.timeout and "
         "delivery.window.allowance together); where rows were deleted, the count of records "
         "stands still meanwhile";
}

std::string RenderText(const RebuildReport& report, const std::string& index) {
  std::string text = "index " + index + ": " + RebuildStageName(StageOf(report.sight)) + "\n";
  const std::string& backing = report.sight.live_seen.destination.backing;
  text += "  the alias stands for " + (backing.empty() ? "nothing" : backing) + "\n";
  if (report.sight.shadow) {
    const ControlRecord& shadow = *report.sight.shadow;
    text += "  " + shadow.destination.backing + " is being filled";
    if (shadow.refill) text += std::string(" from the ") + RefillName(shadow.refill->from);
    text += ": " + std::to_string(report.lag) + " records of topic " + report.topic +
            " are not in it yet\n";
  }
  if (const OtherIndex* former = FormerOf(report); former != nullptr)
    text += "  " + former->facts.backing + " is kept for --rollback until " +
            RenderTime(former->keep_until_ms) + ", and longer unless --finish deletes it\n";
  if (!report.done.empty()) text += "  " + report.done + "\n";
  return text;
}

std::string RenderJson(const RebuildReport& report, const std::string& index) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.rebuild/1").Key("index").String(index);
  json.Key("state").String(RebuildStageName(StageOf(report.sight)));
  json.Key("topic").String(report.topic);
  json.Key("backing").String(report.sight.live_seen.destination.backing);
  json.Key("refill");
  if (report.sight.shadow) {
    const ControlRecord& shadow = *report.sight.shadow;
    json.BeginObject().Key("backing").String(shadow.destination.backing);
    json.Key("from").String(shadow.refill ? RefillName(shadow.refill->from) : "");
    json.Key("lag_records").Integer(report.lag).EndObject();
  } else {
    json.Null();
  }
  json.Key("former");
  if (const OtherIndex* former = FormerOf(report); former != nullptr) {
    json.BeginObject().Key("backing").String(former->facts.backing);
    json.Key("moved").String(RenderTime(former->moved_ms));
    json.Key("keep_until").String(RenderTime(former->keep_until_ms));
    json.Key("offsets").BeginArray();
    for (const int64_t offset : former->offsets) json.Integer(offset);
    json.EndArray().EndObject();
  } else {
    json.Null();
  }
  json.Key("writers_waited_us").Integer(report.frozen_us);
  json.Key("done").String(report.done).Key("error").String(report.error);
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace sluice::rebuild
