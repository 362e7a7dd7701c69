#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "service/demo/demo_users.h"

namespace sluice::demo {

struct PackageOptions {
  DemoOptions demo;                    ///< `quantity`: packages to send.
  std::vector<std::string> customers;  ///< To whom, in turn.
};

/// `sluice demo package_status`: walks packages from "Package Posted" over "In Transit" to "Package
/// Delivered", a row of package_status each, so many packages on their way at once. Table and
/// database are created when missing. The summary on `out` names the packages.
[[nodiscard]] DemoEnd RunDemoPackages(const PackageOptions& options,
                                      const DemoSurroundings& surroundings, std::ostream& out,
                                      std::ostream& err);

}  // namespace sluice::demo
