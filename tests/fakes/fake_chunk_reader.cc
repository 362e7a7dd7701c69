#include "tests/fakes/fake_chunk_reader.h"

#include <algorithm>

namespace sluice::testing {

void FakeChunkReader::Ask(const ChunkRequest& request) {
  asked_.push_back(request);
  step_ = Step::kLow;
}

void FakeChunkReader::Advance() {
  if (step_ == Step::kIdle) return;
  if (refusal_.verdict.disposition != Disposition::kDone) {
    answer_.emplace().failure = std::exchange(refusal_, {});
    step_ = Step::kIdle;
    return;
  }
  const ChunkRequest& request = asked_.back();
  if (request.kind == ChunkRequest::Kind::kFind) return Find();
  switch (step_) {
    case Step::kIdle: return;
    case Step::kLow:
      log_.Commit({log_.Message("sluice.watermark", request.id + " low")});
      step_ = Step::kRows;
      return;
    case Step::kRows:
      ReadRows();
      step_ = Step::kHigh;
      return;
    case Step::kHigh:
      log_.Commit({log_.Message("sluice.watermark", request.id + " high")});
      step_ = Step::kIdle;
      return;
  }
}

void FakeChunkReader::Find() {
  const Table& table = log_.table();
  answer_.emplace();
  if (asked_.back().target.pattern == table.schema + "." + table.name) {
    answer_->found.push_back({table.schema, table.name, {"id"}, asked_.back().target.condition});
  } else {
    answer_->problem = "no captured table is called " + asked_.back().target.pattern;
  }
  step_ = Step::kIdle;
}

void FakeChunkReader::ReadRows() {
  const ChunkRequest& request = asked_.back();
  const auto& rows = log_.visible_rows();
  answer_.emplace();
  answer_->table = &log_.table();
  answer_->key = {0};
  answer_->rows = HeldRows(2);
  answer_->visible = log_.Visible();
  answer_->last = true;
  answer_->end_key = request.end_key;
  if (rows.empty()) return;
  if (answer_->end_key.empty()) answer_->end_key = {rows.rbegin()->first};
  auto row = request.after.empty() ? rows.begin() : rows.upper_bound(request.after.front());
  for (; row != rows.end() && row->first <= answer_->end_key.front(); ++row) {
    if (answer_->rows.size() == most_) {
      answer_->last = false;
      return;
    }
    const std::array<ColumnValue, 2> values = {
        {{ColumnValue::Kind::kText, row->first}, {ColumnValue::Kind::kText, row->second}}};
    answer_->rows.Add(values);
  }
}

Result<SnapshotSignal> FakeSignalDecoder::Decode(std::string_view id, std::string_view type,
                                                 std::string_view data) {
  SnapshotSignal signal;
  signal.id = id;
  if (type == "execute") {
    signal.kind = SnapshotSignal::Kind::kExecute;
    signal.targets = {{std::string(data), ""}};
  } else if (type == "stop") {
    signal.kind = SnapshotSignal::Kind::kStop;
    if (!data.empty()) signal.targets = {{std::string(data), ""}};
  } else if (type == "pause") {
    signal.kind = SnapshotSignal::Kind::kPause;
  } else if (type == "resume") {
    signal.kind = SnapshotSignal::Kind::kResume;
  } else {
    return Error{"unknown signal", "say execute, stop, pause or resume"};
  }
  return signal;
}

Result<SnapshotSignal> FakeSignalDecoder::Decode(std::string_view message) {
  const size_t space = message.find(' ');
  return Decode("s", message.substr(0, space),
                space == std::string_view::npos ? "" : message.substr(space + 1));
}

}  // namespace sluice::testing
