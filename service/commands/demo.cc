#include "service/commands/demo.h"

#include <memory>
#include <optional>

#include "service/commands/demo_process.h"
#include "service/commands/demo_ticker.h"
#include "service/composition/system_clock.h"
#include "service/demo/demo_users.h"

namespace sluice::service {
namespace {

struct Flags {
  int64_t quantity = 10;
  double rate = 0;
  std::optional<std::string> postgres;
  std::optional<uint64_t> seed;
};

ExitCode RunUsers(const Flags& flags, CommandContext& context) {
  StoppablePause pause;
  const SystemClock clock;
  demo::DemoOptions options;
  options.quantity = flags.quantity;
  options.rate = flags.rate;
  options.postgres = flags.postgres;
  options.seed = flags.seed ? *flags.seed : SystemRandomness().Next() % 1'000'000'000;
  options.json = context.global.json;
  options.terminal = DrawsOnErrors();
  options.columns = ErrorColumns();
  const demo::DemoSurroundings surroundings{clock, [&pause](int ms) { return pause(ms); }};
  switch (demo::RunDemoUsers(options, surroundings, context.out, context.err)) {
    case demo::DemoEnd::kDone: return ExitCode::kDone;
    case demo::DemoEnd::kFailed: return ExitCode::kFailed;
    case demo::DemoEnd::kStopped: break;
  }
  return pause.stopped();
}

}  // namespace

void AddDemo(CLI::App& app, CommandContext& context) {
  CLI::App& demo =
      AddVerb(app, "demo", "Makes something to see: rows in PostgreSQL, prices in Kafka",
              "sluice demo users -Q 100");
  CLI::App& users = AddVerb(
      demo, "users",
      "Inserts users and orders, changes e-mail addresses and deletes users, partly several "
      "changes "
      "to a transaction.\nCreates database and tables when they are missing; tells which rows it "
      "touched.",
      "sluice demo users -Q 100 --postgres postgresql://postgres@127.0.0.1:15432/testdb");
  const auto flags = std::make_shared<Flags>();
  users.add_option("-Q,--quantity", flags->quantity, "Users to insert (10)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}));
  users
      .add_option(
          "--postgres", flags->postgres,
          "The database; else SLUICE_POSTGRES, the PG* variables, or what scripts/stack starts")
      ->type_name("URL");
  users.add_option("--seed", flags->seed, "Tells the same story again; printed in the summary")
      ->type_name("N");
  users.add_option("--rate", flags->rate, "Transactions a second; 0: as fast as it goes (0)")
      ->type_name("N")
      ->check(CLI::Range(0.0, 1e6));
  users.callback([flags, &context] { context.exit_code = RunUsers(*flags, context); });
  AddDemoTicker(demo, context);
}

}  // namespace sluice::service
