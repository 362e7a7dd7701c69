#include "service/commands/control.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "service/commands/load_config.h"
#include "service/composition/control_operator.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

ExitCode Fail(CommandContext& context, const Error& error) {
  context.err << "sluice: " << error.ToString() << "\n";
  return ExitCode::kFailed;
}

bool WouldHalt(const ControlView& view) {
  return DecideControl(view.recorded, view.seen).kind == ControlDecision::Kind::kHalt;
}

std::string NextOf(const ControlView& view) {
  const ControlDecision decision = DecideControl(view.recorded, view.seen);
  switch (decision.kind) {
    case ControlDecision::Kind::kProceed: return "goes on";
    case ControlDecision::Kind::kCreate: return "makes the record and goes on";
    case ControlDecision::Kind::kReplace: return "adds to the record and goes on";
    case ControlDecision::Kind::kHalt: return "halts: " + decision.failure.detail;
  }
  return "?";
}

// ---- show --------------------------------------------------------------------------------------

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

void PrintLines(const ControlView& view, std::ostream& out) {
  const std::vector<ControlLine> lines = CompareControl(view.recorded, view.seen);
  size_t names = 0;
  size_t values = std::string_view("recorded").size();
  for (const ControlLine& line : lines) {
    names = std::max(names, line.name.size());
    values = std::max(values, line.recorded.size());
  }
  out << "  " << Padded("", names + 3) << Padded("recorded", values) << "  now\n";
  for (const ControlLine& line : lines) {
    out << (line.differs ? "* " : "  ") << Padded(line.name, names + 3)
        << Padded(line.recorded.empty() ? "-" : line.recorded, values) << "  "
        << (line.seen.empty() ? "-" : line.seen) << "\n";
  }
}

std::string OffsetText(int64_t offset) {
  return offset < 0 ? "-" : std::to_string(offset);
}

void PrintView(const ControlView& view, std::ostream& out) {
  out << "index " << view.seen.index << "\n";
  if (view.recorded) {
    const ControlRecord& record = *view.recorded;
    const std::string keys = KeyEncodingText(record.key_encoding);
    out << "  incarnation " << record.incarnation << ", keys " << (keys.empty() ? "-" : keys)
        << ", recorded by group " << record.group << "\n";
  } else {
    out << "  no control record\n";
  }
  PrintLines(view, out);
  for (size_t i = 0; i < view.seen.stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = view.seen.stream.partitions[i];
    const bool has_start = view.recorded && i < view.recorded->starts.size();
    out << "  partition " << i << ": incarnation from "
        << (has_start ? OffsetText(view.recorded->starts[i]) : "-") << ", log from "
        << OffsetText(at.beginning) << " to " << OffsetText(at.end) << ", group " << view.seen.group
        << " at " << OffsetText(at.committed);
    if (view.recorded && i < view.recorded->floors.size())
      out << ", no stubs left before " << view.recorded->floors[i];
    out << "\n";
  }
  out << "  a start " << NextOf(view) << "\n";
}

void WriteView(const ControlView& view, JsonWriter& json) {
  json.BeginObject().Key("index").String(view.seen.index);
  json.Key("recorded").Boolean(view.recorded.has_value());
  json.Key("incarnation");
  if (view.recorded) {
    json.Integer(view.recorded->incarnation);
    json.Key("key_encoding").String(KeyEncodingText(view.recorded->key_encoding));
    json.Key("recorded_by").String(view.recorded->group);
  } else {
    json.Null();
  }
  json.Key("facts").BeginArray();
  for (const ControlLine& line : CompareControl(view.recorded, view.seen)) {
    json.BeginObject().Key("name").String(line.name).Key("recorded").String(line.recorded);
    json.Key("now").String(line.seen).Key("differs").Boolean(line.differs).EndObject();
  }
  json.EndArray().Key("partitions").BeginArray();
  for (size_t i = 0; i < view.seen.stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = view.seen.stream.partitions[i];
    json.BeginObject().Key("partition").Unsigned(i);
    json.Key("incarnation_start");
    if (view.recorded && i < view.recorded->starts.size()) {
      json.Integer(view.recorded->starts[i]);
    } else {
      json.Null();
    }
    json.Key("beginning").Integer(at.beginning).Key("end").Integer(at.end);
    json.Key("committed").Integer(at.committed).EndObject();
  }
  json.EndArray().Key("healthy").Boolean(!WouldHalt(view));
  json.Key("start").String(NextOf(view)).EndObject();
}

ExitCode Show(CommandContext& context, const std::vector<std::string>& wanted) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kIndex);
  if (!loaded) return ExitCode::kUsage;
  const auto desk = ControlOperator::Open(loaded->config);
  if (!desk) return Fail(context, desk.error());
  std::vector<std::string> indices = wanted;
  if (indices.empty()) {
    auto all = (*desk)->Indices();
    if (!all) return Fail(context, all.error());
    indices = std::move(*all);
  }
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.control-show/1").Key("indices").BeginArray();
  bool halts = false;
  for (const std::string& index : indices) {
    const auto view = (*desk)->Look(index);
    if (!view) return Fail(context, view.error());
    halts = halts || WouldHalt(*view);
    if (context.global.json) {
      WriteView(*view, json);
    } else {
      PrintView(*view, context.out);
    }
  }
  json.EndArray().EndObject();
  if (context.global.json) context.out << json.text() << "\n";
  return halts ? ExitCode::kNo : ExitCode::kDone;
}

// ---- accept, new-incarnation -------------------------------------------------------------------

using Decide = Result<ControlChange> (*)(const ControlView& view);

void Tell(CommandContext& context, const ControlChange& change) {
  const ControlRecord& record = change.record;
  if (context.global.json) {
    JsonWriter json;
    json.BeginObject().Key("schema").String("sluice.control-change/1");
    json.Key("index").String(record.index).Key("incarnation").Integer(record.incarnation);
    json.Key("offsets_moved").Boolean(change.moves_offsets());
    json.Key("starts").BeginArray();
    for (const int64_t start : record.starts) json.Integer(start);
    json.EndArray().Key("notes").BeginArray();
    for (const std::string& note : change.notes) json.String(note);
    json.EndArray().EndObject();
    context.out << json.text() << "\n";
    return;
  }
  context.out << "index " << record.index << " is recorded with incarnation " << record.incarnation
              << "; group " << record.group
              << (change.moves_offsets() ? " was moved" : " stays where it is") << "\n";
  for (size_t i = 0; i < change.offsets.size(); ++i) {
    if (change.offsets[i])
      context.out << "  partition " << i << ": goes on at offset " << *change.offsets[i] << "\n";
  }
  for (const std::string& note : change.notes) context.out << "  " << note << "\n";
}

ExitCode Change(CommandContext& context, const std::string& index, Decide decide) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kIndex);
  if (!loaded) return ExitCode::kUsage;
  const auto desk = ControlOperator::Open(loaded->config);
  if (!desk) return Fail(context, desk.error());
  const auto view = (*desk)->Look(index);
  if (!view) return Fail(context, view.error());
  const auto change = decide(*view);
  if (!change) return Fail(context, change.error());
  if (const Status status = (*desk)->Apply(*view, *change); !status)
    return Fail(context, status.error());
  Tell(context, *change);
  return ExitCode::kDone;
}

void AddShow(CLI::App& control, CommandContext& context) {
  CLI::App& verb = AddVerb(
      control, "show",
      "Shows what is recorded of each index's history beside what is there now.\nChanges nothing, "
      "also while the service runs. Exit code 4: a start would halt; why and the choices are "
      "printed.",
      "sluice control show -c sluice.yaml\nsluice control show cdc.public.users --json");
  AddConfigOption(verb, context.global);
  const auto indices = std::make_shared<std::vector<std::string>>();
  verb.add_option("INDEX", *indices, "The indices (those of all topics)");
  verb.callback([&context, indices] { context.exit_code = Show(context, *indices); });
}

void AddAccept(CLI::App& control, CommandContext& context) {
  CLI::App& verb = AddVerb(
      control, "accept",
      "Records what is there now as the index's history, with the same incarnation.\nOnly for who "
      "knows that no change is missing: nothing is read again. A group that has no committed "
      "offset is given the recorded start.",
      "sluice control accept cdc.public.users -c sluice.yaml");
  AddConfigOption(verb, context.global);
  const auto index = std::make_shared<std::string>();
  verb.add_option("INDEX", *index, "The index")->required();
  verb.callback([&context, index] {
    context.exit_code = Change(context, *index, [](const ControlView& view) {
      return AcceptSeen(view.recorded, view.seen);
    });
  });
}

void AddNewIncarnation(CLI::App& control, CommandContext& context) {
  CLI::App& verb = AddVerb(
      control, "new-incarnation",
      "Begins a new history: versions from now on are above all that the index has.\nThe group's "
      "offsets are moved to where the incarnation begins, so it must have no members.",
      "sluice control new-incarnation cdc.public.users -c sluice.yaml\n"
      "sluice control new-incarnation cdc.public.users --from end");
  AddConfigOption(verb, context.global);
  const auto index = std::make_shared<std::string>();
  const auto from = std::make_shared<std::string>("start");
  verb.add_option("INDEX", *index, "The index")->required();
  verb.add_option(
          "--from", *from,
          "start: what was read since the present incarnation began is read again, another topic "
          "from its beginning; end: only what comes from now on, among which the source "
          "has to tell all rows (start)")
      ->type_name("PLACE")
      ->check(CLI::IsMember({"start", "end"}));
  verb.callback([&context, index, from] {
    const Decide at_start = [](const ControlView& view) {
      return RaiseIncarnation(view.recorded, view.seen, IncarnationStart::kStart);
    };
    const Decide at_end = [](const ControlView& view) {
      return RaiseIncarnation(view.recorded, view.seen, IncarnationStart::kEnd);
    };
    context.exit_code = Change(context, *index, *from == "end" ? at_end : at_start);
  });
}

}  // namespace

void AddControl(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "control",
      "Looks at and changes what is recorded of each index's history, by which `sluice index` "
      "notices a topic or index that is another one",
      "sluice control show -c sluice.yaml\n"
      "sluice control new-incarnation cdc.public.users -c sluice.yaml");
  verb.require_subcommand(1);
  AddShow(verb, context);
  AddAccept(verb, context);
  AddNewIncarnation(verb, context);
}

}  // namespace sluice::service
