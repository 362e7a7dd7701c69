#pragma once

namespace sluice {

/// Prints the broken invariant and aborts.
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line,
                              const char* meaning);

}  // namespace sluice

/// Aborts, in release builds too, where going on could lose or misorder data. For our own
/// invariants only, never for bytes that came from outside.
#define SLUICE_CHECK(condition, meaning)                              \
  do {                                                                \
    if (!(condition)) [[unlikely]]                                    \
      ::sluice::CheckFailed(#condition, __FILE__, __LINE__, meaning); \
  } while (false)
