#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "service/demo/random_numbers.h"

namespace sluice::demo {

/// One change to a row. Rows are named by their number within this run; the database's own ids are
/// known only to whoever carries the change out.
struct Change {
  enum class Kind : uint8_t {
    kInsertUser,      ///< `user`, `username`, `email`, `cents` (balance).
    kChangeEmail,     ///< `user`, `email`.
    kDeleteUser,      ///< `user`.
    kInsertOrder,     ///< `order` of `user`: `product`, `quantity`, `cents` (price).
    kSetOrderStatus,  ///< `order`: `status`.
    kDeleteOrdersOf,  ///< All orders of `user`.
  };
  Kind kind = Kind::kInsertUser;
  size_t user = 0;
  size_t order = 0;
  std::string username;
  std::string email;
  std::string product;
  std::string status;
  int64_t quantity = 0;
  int64_t cents = 0;
};

/// Changes that are committed together.
using Transaction = std::vector<Change>;

/// The story of the demo: users come, order, change their e-mail addresses and go. The same seed
/// tells the same story.
///
/// Of `users` inserted, about half get a new e-mail address, a fifth is deleted together with
/// their orders, and every fifth comes with its orders in one transaction. From two users on at
/// least one is deleted and at least one that was changed remains.
///
/// Threads:   one call at a time.
/// Ownership: values.
/// Time:      never blocks.
/// Errors:    none.
class UserScenario {
 public:
  UserScenario(int64_t users, uint64_t seed);

  /// Fills in the next transaction; false when the story is over.
  bool Next(Transaction& transaction);

  /// Of the story, how many users have been inserted so far.
  [[nodiscard]] int64_t inserted() const { return inserted_; }

 private:
  [[nodiscard]] uint64_t Below(uint64_t bound) { return random_.Below(bound); }
  [[nodiscard]] Change InsertUser();
  [[nodiscard]] Change InsertOrder(size_t user);
  void AddArrival(Transaction& transaction);
  void AddChange(Transaction& transaction);
  void AddDeparture(Transaction& transaction);

  const int64_t users_;
  RandomNumbers random_;
  int64_t inserted_ = 0;
  size_t orders_ = 0;
  size_t moves_ = 0;             ///< E-mail addresses changed so far.
  std::vector<size_t> leaving_;  ///< May be deleted.
  int pending_ = 0;              ///< Steps of the current user that are still to come.
};

}  // namespace sluice::demo
