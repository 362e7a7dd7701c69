#include "service/demo/user_scenario.h"

#include <array>
#include <string_view>

#include "core/model/check.h"

namespace sluice::demo {
namespace {

constexpr std::array<std::string_view, 16> kNames = {"ada",  "bela", "cleo", "dora", "emil", "fay",
                                                     "gita", "hugo", "ines", "jiro", "kaya", "liam",
                                                     "mira", "nils", "olga", "pablo"};
constexpr std::array<std::string_view, 10> kProducts = {
    "ladder",       "lamp",     "kettle", "notebook", "compass",
    "bicycle bell", "umbrella", "clock",  "map",      "tea, green"};
constexpr std::array<std::string_view, 3> kStatuses = {"paid", "shipped", "delivered"};

/// Each user's steps after their arrival, counted down.
constexpr int kChangeStep = 2;
constexpr int kDepartureStep = 1;

}  // namespace

UserScenario::UserScenario(int64_t users, uint64_t seed) : users_(users), random_(seed) {}

bool UserScenario::Next(Transaction& transaction) {
  transaction.clear();
  while (transaction.empty()) {
    if (pending_ == 0 && inserted_ == users_) return false;
    switch (pending_) {
      case 0:
        AddArrival(transaction);
        pending_ = kChangeStep;
        break;
      case kChangeStep:
        AddChange(transaction);
        pending_ = kDepartureStep;
        break;
      case kDepartureStep:
        AddDeparture(transaction);
        pending_ = 0;
        break;
      default: SLUICE_CHECK(false, "a user has no further step");
    }
  }
  return true;
}

Change UserScenario::InsertUser() {
  Change change;
  change.kind = Change::Kind::kInsertUser;
  change.user = static_cast<size_t>(inserted_);
  change.username = std::string(kNames[Below(kNames.size())]) + std::to_string(inserted_ + 1);
  change.email = change.username + "@example.com";
  change.cents = static_cast<int64_t>(Below(1'000'000)) - 100'000;
  ++inserted_;
  return change;
}

Change UserScenario::InsertOrder(size_t user) {
  Change change;
  change.kind = Change::Kind::kInsertOrder;
  change.user = user;
  change.order = orders_++;
  change.product = kProducts[Below(kProducts.size())];
  change.quantity = static_cast<int64_t>(1 + Below(9));
  change.cents = static_cast<int64_t>(1 + Below(20'000));
  return change;
}

void UserScenario::AddArrival(Transaction& transaction) {
  const Change arrival = InsertUser();
  const size_t user = arrival.user;
  transaction.push_back(arrival);
  leaving_.push_back(user);
  if (inserted_ % 5 != 3) return;
  // Several changes to several rows and tables, one of them to a row of the same transaction.
  for (int i = 0; i < 2; ++i) transaction.push_back(InsertOrder(user));
  Change status;
  status.kind = Change::Kind::kSetOrderStatus;
  status.order = orders_ - 1;
  status.status = kStatuses[Below(kStatuses.size())];
  transaction.push_back(status);
}

void UserScenario::AddChange(Transaction& transaction) {
  if (inserted_ % 2 == 0) {
    transaction.push_back(InsertOrder(static_cast<size_t>(inserted_ - 1)));
    return;
  }
  // Mostly somebody who came before. A changed one stays, so that the change can be seen.
  const size_t chosen = Below(leaving_.size());
  Change change;
  change.kind = Change::Kind::kChangeEmail;
  change.user = leaving_[chosen];
  change.email = "moved" + std::to_string(++moves_) + "@example.org";
  leaving_[chosen] = leaving_.back();
  leaving_.pop_back();
  transaction.push_back(change);
}

void UserScenario::AddDeparture(Transaction& transaction) {
  if (inserted_ % 5 != 2 || leaving_.empty()) return;
  const size_t chosen = Below(leaving_.size());
  Change orders;
  orders.kind = Change::Kind::kDeleteOrdersOf;
  orders.user = leaving_[chosen];
  Change departure;
  departure.kind = Change::Kind::kDeleteUser;
  departure.user = leaving_[chosen];
  leaving_[chosen] = leaving_.back();
  leaving_.pop_back();
  transaction.push_back(orders);
  transaction.push_back(departure);
}

}  // namespace sluice::demo
