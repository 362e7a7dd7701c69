#include "service/demo/demo_users.h"

#include <algorithm>
#include <charconv>
#include <ostream>
#include <string_view>
#include <vector>

#include "service/demo/database.h"
#include "service/demo/pace.h"
#include "service/demo/progress.h"
#include "service/demo/summary.h"
#include "service/demo/tables.h"
#include "service/demo/user_scenario.h"

namespace sluice::demo {
namespace {

using Rows = Result<std::vector<std::string>>;

std::string Money(int64_t cents) {
  const int64_t rest = cents < 0 ? -(cents % 100) : cents % 100;
  return (cents < 0 ? "-" : "") + std::to_string(cents < 0 ? -(cents / 100) : cents / 100) +
         (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

/// Carries changes out and keeps which row became which id.
class Teller {
 public:
  Teller(Database& database, Summary& summary) : database_(database), summary_(summary) {}

  /// One transaction; what it did is counted when it was committed.
  Status Commit(const Transaction& transaction) {
    const bool several = transaction.size() > 1;
    Summary after = Counts();
    if (several) {
      if (Rows begun = database_.Run("begin"); !begun) return begun.error();
    }
    for (const Change& change : transaction) {
      if (Status done = CarryOut(change, after); !done) return done;
    }
    if (several) {
      if (Rows committed = database_.Run("commit"); !committed) return committed.error();
    }
    after.transactions += 1;
    after.transactions_of_several += several ? 1 : 0;
    Take(after);
    return {};
  }

 private:
  /// The counters alone; a transaction's rows are collected in empty lists.
  [[nodiscard]] Summary Counts() const {
    Summary counts;
    counts.orders_inserted = summary_.orders_inserted;
    counts.orders_updated = summary_.orders_updated;
    counts.orders_deleted = summary_.orders_deleted;
    counts.transactions = summary_.transactions;
    counts.transactions_of_several = summary_.transactions_of_several;
    return counts;
  }

  void Take(const Summary& after) {
    const auto append = [](auto& all, const auto& more) {
      all.insert(all.end(), more.begin(), more.end());
    };
    append(summary_.inserted, after.inserted);
    append(summary_.updated, after.updated);
    append(summary_.deleted, after.deleted);
    summary_.orders_inserted = after.orders_inserted;
    summary_.orders_updated = after.orders_updated;
    summary_.orders_deleted = after.orders_deleted;
    summary_.transactions = after.transactions;
    summary_.transactions_of_several = after.transactions_of_several;
  }

  Status CarryOut(const Change& change, Summary& after) {
    using Kind = Change::Kind;
    switch (change.kind) {
      case Kind::kInsertUser:
        return Insert(
            "insert into users (username, email, balance) values ($1, $2, $3::numeric) "
            "returning id",
            {change.username, change.email, Money(change.cents)}, change.user, users_,
            &after.inserted);
      case Kind::kInsertOrder:
        ++after.orders_inserted;
        return Insert(
            "insert into orders (user_id, product, quantity, price) values "
            "($1::integer, $2, $3::integer, $4::numeric) returning id",
            {std::to_string(users_[change.user]), change.product, std::to_string(change.quantity),
             Money(change.cents)},
            change.order, orders_, nullptr);
      case Kind::kChangeEmail:
        after.updated.push_back({users_[change.user], change.email});
        return Apply("update users set email = $1 where id = $2::integer",
                     {change.email, std::to_string(users_[change.user])}, nullptr);
      case Kind::kSetOrderStatus:
        return Apply("update orders set status = $1 where id = $2::integer returning id",
                     {change.status, std::to_string(orders_[change.order])}, &after.orders_updated);
      case Kind::kDeleteOrdersOf:
        return Apply("delete from orders where user_id = $1::integer returning id",
                     {std::to_string(users_[change.user])}, &after.orders_deleted);
      case Kind::kDeleteUser:
        after.deleted.push_back(users_[change.user]);
        return Apply("delete from users where id = $1::integer",
                     {std::to_string(users_[change.user])}, nullptr);
    }
    return {};
  }

  Status Insert(const std::string& statement, const std::vector<std::string>& values, size_t number,
                std::vector<int64_t>& ids, std::vector<int64_t>* told) {
    const Rows rows = database_.Run(statement, values);
    if (!rows) return rows.error();
    int64_t id = 0;
    const std::string_view text = rows->empty() ? std::string_view() : rows->front();
    if (std::from_chars(text.data(), text.data() + text.size(), id).ec != std::errc()) {
      return Error{"an inserted row has no whole number as its id",
                   "the tables users and orders are not the demo's; use another database"};
    }
    if (ids.size() <= number) ids.resize(number + 1);
    ids[number] = id;
    if (told != nullptr) told->push_back(id);
    return {};
  }

  Status Apply(const std::string& statement, const std::vector<std::string>& values,
               int64_t* counter) {
    const Rows rows = database_.Run(statement, values);
    if (!rows) return rows.error();
    if (counter != nullptr) *counter += static_cast<int64_t>(rows->size());
    return {};
  }

  Database& database_;
  Summary& summary_;
  std::vector<int64_t> users_;   // by the scenario's number
  std::vector<int64_t> orders_;  // the same
};

Status CreateTables(Database& database) {
  // `if not exists` does not keep two creators apart: they would meet in the catalogue.
  for (const std::string_view statement :
       {std::string_view("begin"), std::string_view("select pg_advisory_xact_lock(5010512)"),
        kUsersTable, kOrdersTable, std::string_view("commit")}) {
    if (Rows done = database.Run(std::string(statement)); !done) return done.error();
  }
  for (const std::string_view columns :
       {std::string_view("id, username, email, balance from users"),
        std::string_view("id, user_id, product, quantity, price, status from orders")}) {
    if (Rows done = database.Run("select " + std::string(columns) + " limit 0"); !done) {
      return Error{"there are tables of other programs under the names users and orders: " +
                       done.error().what,
                   "give another database with --postgres; one that is missing is made"};
    }
  }
  return {};
}

}  // namespace

DemoEnd RunDemoUsers(const DemoOptions& options, const DemoSurroundings& surroundings,
                     std::ostream& out, std::ostream& err) {
  if (options.postgres && HoldsPassword(*options.postgres)) {
    err << "warning: a password on the command line can be read by other users of this machine; "
           "use SLUICE_POSTGRES, PGPASSWORD or ~/.pgpass\n";
  }
  Result<Database> database = Database::Open(AddressOf(options.postgres));
  Status status = database ? CreateTables(*database) : Status(database.error());
  if (!status) {
    err << "sluice demo: " << status.error().ToString() << "\n";
    return DemoEnd::kFailed;
  }
  Summary summary;
  summary.database = database->name();
  summary.host = database->host();
  summary.seed = options.seed;

  UserScenario scenario(options.quantity, options.seed);
  Teller teller(*database, summary);
  Transaction transaction;
  bool stopped = false;
  {
    Progress progress("users inserted", options.quantity, options.terminal, options.columns, err,
                      surroundings.clock);
    const int64_t started_us = surroundings.clock.NowUs();
    while (status.ok() && !stopped && scenario.Next(transaction)) {
      stopped = Pace(surroundings, options.rate, started_us, summary.transactions);
      if (stopped) break;
      status = teller.Commit(transaction);
      progress.Show(static_cast<int64_t>(summary.inserted.size()));
    }
  }
  summary.complete = status.ok() && !stopped;
  out << (options.json ? RenderJson(summary) : RenderText(summary)) << std::flush;
  if (!status) {
    err << "sluice demo: " << status.error().ToString() << "\n";
    return DemoEnd::kFailed;
  }
  return stopped ? DemoEnd::kStopped : DemoEnd::kDone;
}

}  // namespace sluice::demo
