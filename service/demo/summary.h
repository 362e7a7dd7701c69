#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::demo {

/// What the demo did, by the database's own ids. The three lists of users tell the end: an updated
/// user is still there.
struct Summary {
  std::string database;
  std::string host;
  uint64_t seed = 0;
  bool complete = false;
  std::vector<int64_t> inserted;
  struct NewEmail {
    int64_t id = 0;
    std::string email;
  };
  std::vector<NewEmail> updated;
  std::vector<int64_t> deleted;
  int64_t orders_inserted = 0;
  int64_t orders_updated = 0;
  int64_t orders_deleted = 0;
  int64_t transactions = 0;
  int64_t transactions_of_several = 0;
};

/// Lines for people: "inserted 10 users: 4 5 6 …".
[[nodiscard]] std::string RenderText(const Summary& summary);

/// {"schema":"sluice.demo/1","scenario":"users","database","host","seed","complete",
///  "users":{"inserted":[id…],"updated":[{"id","email"}…],"deleted":[id…]},
///  "orders":{"inserted","updated","deleted"},"transactions","transactions_of_several"}
[[nodiscard]] std::string RenderJson(const Summary& summary);

}  // namespace sluice::demo
