#include "service/demo/demo_packages.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <string_view>
#include <utility>

#include "service/demo/database.h"
#include "service/demo/pace.h"
#include "service/demo/package_scenario.h"
#include "service/demo/progress.h"
#include "service/demo/tables.h"
#include "service/text/json_writer.h"

namespace sluice::demo {
namespace {

using Rows = Result<std::vector<std::string>>;

struct Told {
  int64_t movements = 0;
  std::vector<std::string> packages;           ///< By the scenario's number, the database's.
  std::map<std::string, int64_t> by_customer;  ///< Movements.
};

Status CreateTable(Database& database) {
  // `if not exists` does not keep two creators apart: they would meet in the catalogue.
  for (const std::string_view statement :
       {std::string_view("begin"), std::string_view("select pg_advisory_xact_lock(5010512)"),
        kPackageStatusTable, kPackageNumbers, kPackageStatusIdentity, std::string_view("commit")}) {
    if (Rows done = database.Run(std::string(statement)); !done) return done.error();
  }
  const Rows looked = database.Run(
      "select package_id, customer, status, actual_address, next_address from package_status "
      "limit 0");
  if (looked) return {};
  return Error{
      "there is a table of another program under the name package_status: " + looked.error().what,
      "give another database with --postgres; one that is missing is made"};
}

/// A package's number is the database's, so that further runs send further packages.
Status Tell(Database& database, const Movement& movement, Told& told) {
  const auto at = static_cast<size_t>(movement.package);
  if (at >= told.packages.size()) {
    const Rows number = database.Run("select nextval('package_numbers')");
    if (!number) return number.error();
    told.packages.push_back(number->front());
  }
  const Rows done = database.Run(
      "insert into package_status (package_id, customer, status, actual_address, next_address) "
      "values ($1, $2, $3, $4, nullif($5, '')) returning id",
      {told.packages[at], movement.customer, movement.status, movement.actual_address,
       movement.next_address});
  if (!done) return done.error();
  ++told.movements;
  ++told.by_customer[movement.customer];
  return {};
}

std::string Render(const PackageOptions& options, const Database& database, const Told& told,
                   bool complete) {
  if (options.demo.json) {
    JsonWriter json;
    json.BeginObject().Key("schema").String("sluice.demo/1");
    json.Key("scenario").String("package_status").Key("database").String(database.name());
    json.Key("host").String(database.host()).Key("seed").Unsigned(options.demo.seed);
    json.Key("complete").Boolean(complete).Key("statuses").Integer(told.movements);
    json.Key("packages").BeginArray();
    for (const std::string& package : told.packages) json.Raw(package);
    json.EndArray().Key("customers").BeginObject();
    for (const auto& [customer, count] : told.by_customer) json.Key(customer).Integer(count);
    json.EndObject().EndObject();
    return json.text() + "\n";
  }
  std::string text = std::to_string(told.movements) + " statuses of " +
                     std::to_string(told.packages.size()) + " packages in " + database.name() +
                     " at " + database.host();
  if (!told.packages.empty())
    text += ", numbers " + told.packages.front() + " to " + told.packages.back();
  text += "\n";
  for (const auto& [customer, count] : told.by_customer)
    text += "  " + customer + ": " + std::to_string(count) + "\n";
  return text + (complete ? "" : "stopped before all had arrived\n") + "seed " +
         std::to_string(options.demo.seed) + "\n";
}

}  // namespace

DemoEnd RunDemoPackages(const PackageOptions& options, const DemoSurroundings& surroundings,
                        std::ostream& out, std::ostream& err) {
  if (options.demo.postgres && HoldsPassword(*options.demo.postgres)) {
    err << "warning: a password on the command line can be read by other users of this machine; "
           "use SLUICE_POSTGRES, PGPASSWORD or ~/.pgpass\n";
  }
  Result<Database> database = Database::Open(AddressOf(options.demo.postgres));
  Status status = database ? CreateTable(*database) : Status(database.error());
  if (!status) {
    err << "sluice demo: " << status.error().ToString() << "\n";
    return DemoEnd::kFailed;
  }
  PackageScenario scenario(options.demo.quantity, options.customers, options.demo.seed);
  Told told;
  Movement movement;
  bool stopped = false;
  {
    constexpr int64_t kStatusesEach = 3;
    Progress progress("statuses told", options.demo.quantity * kStatusesEach, options.demo.terminal,
                      options.demo.columns, err, surroundings.clock);
    const int64_t started_us = surroundings.clock.NowUs();
    while (status.ok() && scenario.Next(movement)) {
      stopped = Pace(surroundings, options.demo.rate, started_us, told.movements);
      if (stopped) break;
      status = Tell(*database, movement, told);
      progress.Show(told.movements);
    }
  }
  out << Render(options, *database, told, status.ok() && !stopped) << std::flush;
  if (!status) {
    err << "sluice demo: " << status.error().ToString() << "\n";
    return DemoEnd::kFailed;
  }
  return stopped ? DemoEnd::kStopped : DemoEnd::kDone;
}

}  // namespace sluice::demo
