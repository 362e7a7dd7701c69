# Warnings are errors. One reason a line.
add_library(sluice_warnings INTERFACE)
target_compile_options(sluice_warnings INTERFACE
  -Wall -Wextra -Werror
  -Wpedantic               # only ISO C++, so that both compilers agree
  -Wshadow                 # a shadowed name is read as the other one
  -Wconversion             # an offset that is narrowed is an offset that is lost
  -Wsign-conversion        # sizes and positions are compared
  -Wnon-virtual-dtor       # ports are deleted through their base
  -Wold-style-cast         # a cast must say which kind it is
  -Woverloaded-virtual     # a port method that is hidden is not implemented
  -Wswitch-enum            # every case of a closed set is spelled out
  -Wimplicit-fallthrough   # a forgotten break changes a disposition
  -Wformat=2               # formats are never data
  -Wundef                  # a misspelt macro is not zero
  -Wno-maybe-uninitialized # g++ 12 sees it in std::optional where it is not; sanitizers see it right
)
