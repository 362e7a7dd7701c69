# One function per kind of target. Every target sees the repository root, so that includes are
# spelled from it, and gets the warnings.

# sluice_module(NAME sources... DEPENDS libraries...): a static library of one module.
# Each of its headers is also compiled alone, so that none leans on what another includes.
function(sluice_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  if(NOT ARG_UNPARSED_ARGUMENTS)
    return()
  endif()
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE sluice_warnings)
  sluice_check_headers(${name})
endfunction()

# sluice_check_headers(NAME): compiles every header below the current folder on its own.
function(sluice_check_headers name)
  if(NOT SLUICE_TESTS)
    return()
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}"
       "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  set(units)
  foreach(header IN LISTS headers)
    set(unit "${CMAKE_BINARY_DIR}/header_check/${header}.cc")
    if(NOT EXISTS "${unit}")
      file(WRITE "${unit}" "#include \"${header}\"\n#include \"${header}\"  // twice: guarded\n")
    endif()
    list(APPEND units "${unit}")
  endforeach()
  add_library(${name}_headers OBJECT EXCLUDE_FROM_ALL ${units})
  target_link_libraries(${name}_headers PRIVATE ${name} sluice_warnings)
  set_property(GLOBAL APPEND PROPERTY SLUICE_HEADER_CHECKS ${name}_headers)
endfunction()

# sluice_program(NAME sources... DEPENDS libraries...): an executable.
function(sluice_program name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} sluice_warnings)
endfunction()

# sluice_test(NAME TIER sources... DEPENDS libraries...): a GoogleTest program, registered test by
# test with the label TIER (unit, contract, component, integration, e2e, tidy). The target
# tier_TIER builds all programs of that tier.
function(sluice_test name tier)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  sluice_program(${name} ${ARG_UNPARSED_ARGUMENTS} DEPENDS ${ARG_DEPENDS} GTest::gmock
                 GTest::gtest_main)
  # One ctest entry a program: starting a process for each of hundreds of 1 ms tests costs more
  # than the tests.
  add_test(NAME ${name} COMMAND ${name})
  if(NOT TARGET tier_${tier})
    add_custom_target(tier_${tier})
  endif()
  add_dependencies(tier_${tier} ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${tier} TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "SLUICE_SOURCE_DIR=${CMAKE_SOURCE_DIR};${ARG_ENVIRONMENT}"
    SKIP_REGULAR_EXPRESSION "")
endfunction()

# sluice_finish_header_checks(): the target `header_check`, over all modules.
function(sluice_finish_header_checks)
  get_property(checks GLOBAL PROPERTY SLUICE_HEADER_CHECKS)
  add_custom_target(header_check)
  if(checks)
    add_dependencies(header_check ${checks})
  endif()
endfunction()
