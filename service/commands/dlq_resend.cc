#include "service/commands/dlq_resend.h"

#include <ostream>
#include <set>
#include <string>
#include <utility>

#include "service/letters/letter_groups.h"
#include "service/letters/resend.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

/// What became of each letter, as lines or as one document.
class Outcomes {
 public:
  Outcomes(CommandContext& context, bool dry_run) : context_(context) {
    json_.BeginObject().Key("schema").String("sluice.dlq-replay/1");
    json_.Key("dry_run").Boolean(dry_run).Key("letters").BeginArray();
  }

  void Tell(const kafka::StoredLetter& letter, const std::string& result, const std::string& why) {
    if (context_.global.json) {
      json_.BeginObject().Key("letter").String(letters::PlaceText(letter));
      json_.Key("record").String(letters::RecordText(letter));
      json_.Key("destination").String(letter.destination).Key("id").String(letter.id);
      json_.Key("result").String(result).Key("why").String(why).EndObject();
      return;
    }
    context_.out << letters::PlaceText(letter) << " of " << letters::RecordText(letter);
    if (!letter.destination.empty()) context_.out << " to " << letter.destination;
    context_.out << ": " << result << (why.empty() ? "" : ": " + why) << "\n";
  }

  void End(const char* result, size_t written, size_t left) {
    json_.EndArray().Key("counts").BeginObject();
    if (written > 0) json_.Key(result).Unsigned(written);
    if (left > 0) json_.Key("left").Unsigned(left);
    json_.EndObject().EndObject();
    if (context_.global.json) {
      context_.out << json_.text() << "\n";
    } else if (written + left == 0) {
      context_.out << "no letters\n";
    } else {
      context_.out << written << " " << result
                   << (left > 0 ? ", " + std::to_string(left) + " left" : "") << "\n";
    }
  }

 private:
  CommandContext& context_;
  JsonWriter json_;
};

}  // namespace

ExitCode ResendDeliveries(CommandContext& context, const config::Config& config,
                          std::vector<kafka::StoredLetter> letters, bool dry_run,
                          const std::function<bool()>& go_on) {
  const char* const result = dry_run ? "would_park" : "parked";
  Outcomes outcomes(context, dry_run);
  std::vector<kafka::StoredLetter> chosen;
  std::vector<letters::Resend> resends;
  size_t left = 0;
  std::set<std::string> keys;
  for (kafka::StoredLetter& letter : letters) {
    auto plan = letters::PlanResend(config, letter);
    if (plan && !keys.insert(plan->idempotency_key).second) {
      outcomes.Tell(letter, "superseded", "an earlier letter is of the same delivery");
    } else if (plan) {
      resends.push_back(std::move(*plan));
      chosen.push_back(std::move(letter));
    } else {
      ++left;
      outcomes.Tell(letter, "left", plan.error().ToString());
    }
  }
  if (!dry_run) {
    if (const Status status = letters::WriteResends(config, chosen, resends, go_on); !status) {
      context.err << "sluice: " << status.error().ToString() << "\n";
      return ExitCode::kFailed;
    }
  }
  for (const kafka::StoredLetter& letter : chosen) outcomes.Tell(letter, result, "");
  outcomes.End(result, chosen.size(), left);
  return left == 0 ? ExitCode::kDone : ExitCode::kNo;
}

}  // namespace sluice::service
