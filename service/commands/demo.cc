#include "service/commands/demo.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/commands/demo_process.h"
#include "service/commands/demo_ticker.h"
#include "service/composition/system_clock.h"
#include "service/demo/demo_packages.h"
#include "service/demo/demo_users.h"

namespace sluice::service {
namespace {

struct Flags {
  int64_t quantity = 10;
  double rate = 0;
  std::optional<std::string> postgres;
  std::optional<uint64_t> seed;
  std::vector<std::string> customers = {"customer1", "customer2", "customer3"};
};

/// Runs a demo until it is done or the process is asked to stop.
template <typename Run>
ExitCode RunDemo(const Flags& flags, CommandContext& context, Run&& run) {
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
  switch (run(options, surroundings)) {
    case demo::DemoEnd::kDone: return ExitCode::kDone;
    case demo::DemoEnd::kFailed: return ExitCode::kFailed;
    case demo::DemoEnd::kStopped: break;
  }
  return pause.stopped();
}

void AddFlags(CLI::App& verb, Flags& flags, const std::string& quantity) {
  verb.add_option("-Q,--quantity", flags.quantity, quantity + " (10)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}));
  verb.add_option(
          "--postgres", flags.postgres,
          "The database; else SLUICE_POSTGRES, the PG* variables, or what scripts/stack starts")
      ->type_name("URL");
  verb.add_option("--seed", flags.seed, "Tells the same story again; printed in the summary")
      ->type_name("N");
  verb.add_option("--rate", flags.rate, "Transactions a second; 0: as fast as it goes (0)")
      ->type_name("N")
      ->check(CLI::Range(0.0, 1e6));
}

void AddUsers(CLI::App& demo, CommandContext& context) {
  CLI::App& users = AddVerb(
      demo, "users",
      "Inserts users and orders, changes e-mail addresses and deletes users, partly several "
      "changes "
      "to a transaction.\nCreates database and tables when they are missing; tells which rows it "
      "touched.",
      "sluice demo users -Q 100 --postgres postgresql://postgres@127.0.0.1:15432/testdb");
  const auto flags = std::make_shared<Flags>();
  AddFlags(users, *flags, "Users to insert");
  users.callback([flags, &context] {
    context.exit_code = RunDemo(*flags, context, [&](const auto& options, const auto& around) {
      return demo::RunDemoUsers(options, around, context.out, context.err);
    });
  });
}

void AddPackages(CLI::App& demo, CommandContext& context) {
  CLI::App& packages =
      AddVerb(demo, "package_status",
              "Walks packages from Package Posted over In Transit to Package Delivered, a row of "
              "package_status each.\nCreates database and table when they are missing; tells which "
              "packages it sent.",
              "sluice demo package_status -Q 10");
  const auto flags = std::make_shared<Flags>();
  AddFlags(packages, *flags, "Packages to send");
  packages
      .add_option("--customers", flags->customers,
                  "To whom, in turn (customer1,customer2,customer3)")
      ->type_name("NAMES")
      ->delimiter(',');
  packages.callback([flags, &context] {
    context.exit_code = RunDemo(*flags, context, [&](const auto& options, const auto& around) {
      return demo::RunDemoPackages({options, flags->customers}, around, context.out, context.err);
    });
  });
}

}  // namespace

void AddDemo(CLI::App& app, CommandContext& context) {
  CLI::App& demo =
      AddVerb(app, "demo", "Makes something to see: rows in PostgreSQL, prices in Kafka",
              "sluice demo users -Q 100");
  AddUsers(demo, context);
  AddPackages(demo, context);
  AddDemoTicker(demo, context);
}

}  // namespace sluice::service
