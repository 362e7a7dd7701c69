#include "service/demo/demo_ticker.h"

#include <optional>
#include <ostream>

#include "core/model/result.h"
#include "service/demo/pace.h"
#include "service/demo/progress.h"
#include "service/demo/ticker_scenario.h"
#include "service/text/json_writer.h"

namespace sluice::demo {
namespace {

constexpr int64_t kAnswerLongestUs = 30'000'000;
constexpr int kPauseMs = 5;

/// Writes ticks and counts those that the brokers have.
class Teller {
 public:
  Teller(const TickerOptions& options, EventPublisher& publisher,
         const DemoSurroundings& surroundings)
      : options_(options),
        publisher_(publisher),
        surroundings_(surroundings),
        scenario_(options.symbols.size(), options.seed),
        written_(options.symbols.size()) {}

  /// Makes the topic where it is missing; true when the process was asked to stop.
  bool Open() {
    stream_ = publisher_.Open(options_.topic);
    const int64_t began_us = surroundings_.clock.NowUs();
    while (status_.ok() && partitions_ == 0) {
      partitions_ = publisher_.CountPartitions(stream_);
      if (partitions_ > 0) return false;
      if (surroundings_.pause(kPauseMs)) return true;
      Poll();
      CheckTime(began_us, "topic " + options_.topic + " was not found");
    }
    return false;
  }

  /// False: the queue is full.
  bool Write() {
    if (!next_) next_ = scenario_.Next();
    const std::string& symbol = options_.symbols[next_->symbol];
    const std::string value =
        RenderTick(symbol, next_->cents, surroundings_.clock.WallNs() / 1'000'000);
    OutgoingEvent event;
    event.stream = stream_;
    event.value = value;
    event.token = next_->symbol;
    if (options_.keyed) {
      event.key = symbol;
    } else {
      event.partition = static_cast<uint32_t>(sent_ % partitions_);
    }
    if (!publisher_.Publish(event)) return false;
    next_.reset();
    ++sent_;
    return true;
  }

  void Poll() {
    acks_.clear();
    publisher_.Poll(acks_);
    for (const PublishAck& ack : acks_) {
      if (ack.failure.verdict.disposition == Disposition::kDone) {
        written_[ack.token] += static_cast<int64_t>(ack.count);
        acknowledged_ += static_cast<int64_t>(ack.count);
      } else if (status_.ok()) {
        status_ = Error{ack.failure.detail, ""};
      }
    }
  }

  /// Waits for what the brokers have not answered yet.
  void Finish() {
    const int64_t began_us = surroundings_.clock.NowUs();
    while (status_.ok() && acknowledged_ < sent_) {
      Poll();
      if (acknowledged_ == sent_) return;
      static_cast<void>(surroundings_.pause(kPauseMs));
      CheckTime(began_us, std::to_string(sent_ - acknowledged_) + " ticks were not acknowledged");
    }
  }

  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] int64_t sent() const { return sent_; }
  [[nodiscard]] int64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] uint32_t partitions() const { return partitions_; }
  [[nodiscard]] const std::vector<int64_t>& written() const { return written_; }

 private:
  void CheckTime(int64_t began_us, const std::string& what) {
    if (!status_.ok() || surroundings_.clock.NowUs() - began_us < kAnswerLongestUs) return;
    const std::string& trouble = publisher_.trouble().detail;
    status_ = Error{what + " within 30 s" + (trouble.empty() ? "" : ": " + trouble),
                    "check --brokers; `scripts/stack up kafka` starts one"};
  }

  const TickerOptions& options_;
  EventPublisher& publisher_;
  const DemoSurroundings& surroundings_;
  TickerScenario scenario_;
  std::optional<Tick> next_;  ///< Rolled, and not written yet.
  StreamSlot stream_;
  uint32_t partitions_ = 0;
  int64_t sent_ = 0;
  int64_t acknowledged_ = 0;
  std::vector<int64_t> written_;  ///< By symbol.
  std::vector<PublishAck> acks_;
  Status status_;
};

std::string RenderText(const TickerOptions& options, const Teller& teller, bool complete) {
  std::string text = "topic " + options.topic + " with " + std::to_string(teller.partitions()) +
                     " partitions on " + options.brokers + ", seed " +
                     std::to_string(options.seed) + (complete ? "" : ", stopped early") +
                     "\nwrote " + std::to_string(teller.acknowledged()) + " ticks" +
                     (options.keyed ? ", keyed by symbol" : " without a key") + ":";
  for (size_t i = 0; i < options.symbols.size(); ++i)
    text += " " + options.symbols[i] + " " + std::to_string(teller.written()[i]);
  return text + "\n";
}

std::string RenderJson(const TickerOptions& options, const Teller& teller, bool complete) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.demo/1").Key("scenario").String("ticker");
  json.Key("topic").String(options.topic).Key("partitions").Unsigned(teller.partitions());
  json.Key("brokers").String(options.brokers).Key("seed").Unsigned(options.seed);
  json.Key("complete").Boolean(complete).Key("keyed").Boolean(options.keyed);
  json.Key("ticks").Integer(teller.acknowledged()).Key("symbols").BeginObject();
  for (size_t i = 0; i < options.symbols.size(); ++i)
    json.Key(options.symbols[i]).Integer(teller.written()[i]);
  json.EndObject().EndObject();
  return json.text() + "\n";
}

}  // namespace

DemoEnd RunDemoTicker(const TickerOptions& options, EventPublisher& publisher,
                      const DemoSurroundings& surroundings, std::ostream& out, std::ostream& err) {
  Teller teller(options, publisher, surroundings);
  bool stopped = teller.Open();
  const auto more = [&] { return options.quantity == 0 || teller.sent() < options.quantity; };
  {
    Progress progress("ticks written", options.quantity, options.terminal && options.quantity > 0,
                      options.columns, err, surroundings.clock);
    const int64_t started_us = surroundings.clock.NowUs();
    while (teller.status().ok() && !stopped && more()) {
      stopped = Pace(surroundings, options.rate, started_us, teller.sent());
      if (stopped) break;
      if (!teller.Write()) stopped = surroundings.pause(kPauseMs);
      teller.Poll();
      if (options.quantity > 0) progress.Show(teller.acknowledged());
    }
    teller.Finish();
  }
  // A ticker without a number of ticks has no end but being stopped.
  const bool complete = teller.status().ok() && (!stopped || options.quantity == 0);
  out << (options.json ? RenderJson(options, teller, complete)
                       : RenderText(options, teller, complete))
      << std::flush;
  if (!teller.status().ok()) {
    err << "sluice demo: " << teller.status().error().ToString() << "\n";
    return DemoEnd::kFailed;
  }
  return complete ? DemoEnd::kDone : DemoEnd::kStopped;
}

}  // namespace sluice::demo
