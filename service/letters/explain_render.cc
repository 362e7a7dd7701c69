#include "core/model/lsn_text.h"
#include "service/inspect/render.h"
#include "service/letters/explain.h"
#include "service/letters/letter_groups.h"
#include "service/text/json_writer.h"

namespace sluice::letters {
namespace {

std::string Place(const KeyEvent& event) {
  return event.stream.topic + "/" + std::to_string(event.stream.partition) + ":" +
         std::to_string(event.offset.value);
}

std::string LsnOf(int64_t lsn) {
  return LsnText(Lsn{static_cast<uint64_t>(lsn)});
}

std::string EventLine(const KeyEvent& event) {
  std::string line = Place(event) + "  " + event.kind + "  v" + std::to_string(event.version);
  if (event.lsn) line += "  lsn " + LsnOf(*event.lsn);
  if (event.tx_id) line += "  transaction " + std::to_string(*event.tx_id);
  if (event.source_ms) line += "  committed " + inspect::RenderTime(*event.source_ms);
  return line;
}

/// How an event stands to the stored document.
const char* StandOf(const KeyEvent& event, const Explanation& explanation) {
  if (event.replayed) return "replayed";
  if (event.refused()) return "dead_letter";
  if (event.stale) return "stale_epoch";
  if (explanation.exists && event.version == explanation.version) return "document";
  if (event.superseded_by >= 0) return "superseded";
  if (!explanation.exists && event.action != inspect::PlannedWrite::Action::kIndex)
    return "deleted";
  return "not_in_the_index";
}

/// A replay leaves no mark but the document: a record that is read again after a crash makes the
/// same one.
std::string ReplayText(const KeyEvent& event) {
  return ": it was refused at first, and written by the replay of its dead letter " + event.letter +
         " (or when it was read again after a crash)";
}

std::string StandText(const KeyEvent& event, const Explanation& explanation) {
  const std::string stand = StandOf(event, explanation);
  if (stand == "document") return "this is the document";
  if (stand == "replayed") return "this is the document" + ReplayText(event);
  const bool superseded = event.superseded_by >= 0;
  std::string by = "superseded by offset " + std::to_string(event.superseded_by);
  if (stand == "dead_letter") return "refused: it is a dead letter" + (superseded ? "; " + by : "");
  if (stand == "superseded") return by;
  if (stand == "deleted") return "the document is deleted";
  if (stand == "stale_epoch")
    return "passed over: a newer run of the source had written to this partition before";
  return "not in the index: not applied yet, or lost to another writer";
}

void WriteEvent(JsonWriter& json, const KeyEvent& event, const Explanation& explanation) {
  const auto number = [&json](const char* name, const std::optional<int64_t>& value) {
    json.Key(name);
    if (value) {
      json.Integer(*value);
    } else {
      json.Null();
    }
  };
  json.BeginObject().Key("topic").String(event.stream.topic);
  json.Key("partition").Integer(event.stream.partition);
  json.Key("offset").Integer(event.offset.value).Key("version").Integer(event.version);
  json.Key("action").String(inspect::ActionName(event.action)).Key("kind").String(event.kind);
  json.Key("timestamp_ms").Integer(event.timestamp_ms);
  number("source_lsn", event.lsn);
  number("transaction_id", event.tx_id);
  number("commit_ms", event.source_ms);
  json.Key("stand").String(StandOf(event, explanation));
  json.Key("dead_letter");
  if (event.letter.empty()) {
    json.Null();
  } else {
    json.String(event.letter);
  }
  number("superseded_by",
         event.superseded_by < 0 ? std::nullopt : std::optional<int64_t>(event.superseded_by));
  json.EndObject();
}

std::string DivergentText(const Divergence& entry) {
  std::string text = "divergent since version " + std::to_string(entry.since) + ": ";
  if (entry.reason == DivergenceReason::kRefused) {
    text += "record " + std::to_string(entry.offset.value) + " of its partition is a dead letter";
  } else {
    text += "it was written without";
    for (const std::string& field : entry.fields) text += " " + inspect::Printable(field);
  }
  return text + "; the next whole write heals it, or `sluice verify --repair`\n";
}

std::string VersionLine(const Explanation& explanation) {
  if (!explanation.exists) return "there is no such document\n";
  std::string text = "version " + std::to_string(explanation.version) + ": ";
  if (explanation.mode == VersionMode::kHeader)
    return text + "commit " + LsnOf(static_cast<int64_t>(explanation.commit_lsn)) + ", rank " +
           std::to_string(explanation.rank) + "\n";
  return text + "incarnation " + std::to_string(explanation.incarnation) + ", offset " +
         std::to_string(explanation.offset) + "\n";
}

}  // namespace

std::string RenderExplanation(const Explanation& explanation) {
  std::string text = explanation.index + "/" + inspect::Printable(explanation.id) + "\n  " +
                     VersionLine(explanation);
  if (explanation.written) {
    const KeyEvent& written = *explanation.written;
    text += "  record " + EventLine(written) + (written.replayed ? ReplayText(written) : "") + "\n";
  }
  if (explanation.divergent) text += "  " + DivergentText(*explanation.divergent);
  for (const kafka::StoredLetter& letter : explanation.letters) {
    text += "  dead letter " + PlaceText(letter) + " of record " + RecordText(letter) + ": " +
            letter.reason + (letter.error_type.empty() ? "" : " " + letter.error_type) + "\n";
  }
  if (!explanation.events.empty()) text += "  records of this id, the oldest first:\n";
  if (explanation.more > 0) text += "    … " + std::to_string(explanation.more) + " older\n";
  for (const KeyEvent& event : explanation.events) {
    const std::string stand = StandText(event, explanation);
    text += "    " + EventLine(event) + (stand.empty() ? "" : "  " + stand) + "\n";
  }
  for (const std::string& note : explanation.notes) text += "  " + note + "\n";
  return text;
}

std::string RenderExplanationJson(const Explanation& explanation) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.explain/1");
  json.Key("index").String(explanation.index).Key("id").String(explanation.id);
  json.Key("exists").Boolean(explanation.exists).Key("version").Integer(explanation.version);
  json.Key("version_mode").String(VersionModeName(explanation.mode));
  if (explanation.mode == VersionMode::kHeader) {
    json.Key("commit_lsn").Unsigned(explanation.commit_lsn);
    json.Key("rank").Unsigned(explanation.rank);
  } else {
    json.Key("incarnation").Integer(explanation.incarnation);
    json.Key("offset").Integer(explanation.offset);
  }
  json.Key("record");
  if (explanation.written) {
    WriteEvent(json, *explanation.written, explanation);
  } else {
    json.Null();
  }
  json.Key("records").BeginArray();
  for (const KeyEvent& event : explanation.events) WriteEvent(json, event, explanation);
  json.EndArray().Key("records_not_listed").Unsigned(explanation.more);
  json.Key("divergent");
  if (explanation.divergent) {
    const Divergence& entry = *explanation.divergent;
    json.BeginObject().Key("reason").String(DivergenceReasonName(entry.reason));
    json.Key("fields").BeginArray();
    for (const std::string& field : entry.fields) json.String(field);
    json.EndArray().Key("partition").Integer(entry.stream.partition);
    json.Key("offset").Integer(entry.offset.value).Key("version").Integer(entry.version);
    json.Key("since").Integer(entry.since).Key("noted_ms").Integer(entry.noted_ms).EndObject();
  } else {
    json.Null();
  }
  json.Key("dead_letters").BeginArray();
  for (const kafka::StoredLetter& letter : explanation.letters)
    json.Raw(RenderLetterJson(letter, false));
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : explanation.notes) json.String(note);
  json.EndArray().EndObject();
  return json.text() + "\n";
}

}  // namespace sluice::letters
