#include "core/model/check.h"

#include <cstdio>
#include <cstdlib>

namespace sluice {

void CheckFailed(const char* expression, const char* file, int line, const char* meaning) {
  std::fprintf(stderr, "sluice: broken invariant at %s:%d: %s (%s)\n", file, line, meaning,
               expression);
  std::abort();
}

}  // namespace sluice
