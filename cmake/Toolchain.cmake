# Compiler cache, fast linker and the sanitizer or coverage instrumentation that a preset asks for.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Paths in the tree count relative to it, so that checkouts in different places share the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
      CCACHE_NOHASHDIR=yes "${CCACHE_PROGRAM}")
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(SLUICE_SANITIZE STREQUAL "address-undefined")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(SLUICE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT SLUICE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "SLUICE_SANITIZE must be empty, address-undefined or thread, "
                      "not '${SLUICE_SANITIZE}'")
endif()
if(SLUICE_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
