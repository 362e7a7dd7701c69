#include "service/inspect/inspect_topics.h"

#include <chrono>
#include <fstream>
#include <ostream>
#include <string_view>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/topic_reader.h"
#include "service/inspect/record_teller.h"
#include "service/inspect/render.h"

namespace sluice::inspect {
namespace {

constexpr std::chrono::seconds kAnswerLongest{10};

InspectEnd Fail(std::ostream& err, InspectEnd end, const std::string& text) {
  err << "sluice inspect: " << text << "\n";
  return end;
}

/// A name as a regular expression that only it matches.
std::string Quoted(const std::string& name) {
  std::string expression;
  for (const char c : name) {
    if (std::string_view("\\.[]{}()*+?^$|").find(c) != std::string_view::npos) expression += '\\';
    expression += c;
  }
  return expression;
}

}  // namespace

std::string JoinTopics(const InspectOptions& options) {
  std::string expression;
  for (const std::string& topic : options.topics) {
    if (!expression.empty()) expression += "|";
    expression += "(" + (options.is_regex ? topic : Quoted(topic)) + ")";
  }
  return expression;
}

Status CheckTopics(const InspectOptions& options) {
  Result<kafka::Admin> admin = kafka::Admin::Open(options.kafka, kAnswerLongest);
  if (!admin) return admin.error();
  for (const std::string& topic : options.topics) {
    if (const auto info = admin->DescribeTopic(topic); !info) {
      return Error{"brokers " + options.kafka.brokers + ": " + info.error().ToString(), ""};
    }
  }
  return {};
}

kafka::LogSink WarningsTo(std::ostream& err) {
  return [&err](int level, std::string_view facility, std::string_view text) {
    constexpr int kWarning = 4;
    if (level <= kWarning) err << "kafka: " << facility << ": " << Printable(text) << "\n";
  };
}

InspectEnd RunInspect(const InspectOptions& options, const Clock& clock,
                      const std::function<bool()>& go_on, std::ostream& out, std::ostream& err) {
  kafka::ReadRequest request;
  for (const std::string& place : options.places) {
    if (Status status = kafka::ParseRange(place, clock.WallMs(), request.range); !status) {
      return Fail(err, InspectEnd::kUsage, "-o: " + status.error().ToString());
    }
  }
  request.is_regex = options.is_regex || options.topics.size() > 1;
  request.topic = request.is_regex ? JoinTopics(options) : options.topics.front();
  request.partitions = options.partitions;
  request.records_max = options.records_max;
  request.stop_at_end = options.stop_at_end;

  std::ofstream saved;
  if (!options.save_file.empty()) {
    saved.open(options.save_file, std::ios::trunc | std::ios::binary);
    if (!saved) return Fail(err, InspectEnd::kFailed, "cannot write " + options.save_file);
  }
  if (!options.is_regex) {
    if (Status status = CheckTopics(options); !status) {
      return Fail(err, InspectEnd::kFailed, status.error().ToString());
    }
  }
  Result<kafka::TopicReader> reader = kafka::TopicReader::Open(options.kafka, WarningsTo(err));
  if (!reader) return Fail(err, InspectEnd::kFailed, reader.error().ToString());

  RecordTeller teller({options.planner, options.json, options.seen}, out);
  const auto take = [&](const OwnedRecord& record) {
    teller.Tell(record);
    if (!options.stop_at_end) out.flush();  // somebody is watching
    if (saved.is_open()) saved << RenderSaved(record) << "\n";
    return out.good();
  };
  const Status status = reader->Read(request, take, go_on);
  teller.TellSeen();
  out.flush();
  saved.flush();
  if (!status) return Fail(err, InspectEnd::kFailed, status.error().ToString());
  if (saved.is_open() && !saved) {
    return Fail(err, InspectEnd::kFailed, "cannot write " + options.save_file);
  }
  return InspectEnd::kDone;
}

}  // namespace sluice::inspect
