#include "core/model/altered_values.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(AlteredValues, BeyondTheLimitAreCountedTogether) {
  AlteredValues values;
  for (size_t i = 0; i < kAlteredColumnsMax + 5; ++i) {
    ++CountsOf(values, {"public.t", "c" + std::to_string(i)})[0];
  }
  ++CountsOf(values, {"public.t", "c0"})[0];
  EXPECT_EQ(values.size(), kAlteredColumnsMax + 1);
  EXPECT_EQ(values.at({"(other)", "(other)"})[0], 5U);
  EXPECT_EQ(values.at({"public.t", "c0"})[0], 2U);
}

TEST(AlteredValues, AreSummedByColumnAndKind) {
  AlteredValues sum = {{{"t", "a"}, {1, 0, 0, 0}}};
  AddAltered(sum, {{{"t", "a"}, {1, 2, 0, 0}}, {{"t", "b"}, {0, 0, 3, 0}}});
  EXPECT_EQ(sum, (AlteredValues{{{"t", "a"}, {2, 2, 0, 0}}, {{"t", "b"}, {0, 0, 3, 0}}}));
}

}  // namespace
}  // namespace sluice
