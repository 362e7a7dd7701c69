# Finds librdkafka as a static library built by scripts/bootstrap, else one that pkg-config knows.
# Defines the target RdKafka::rdkafka. Versions below 2.10 lack leader epochs in the commit API,
# log-truncation detection and topic ids, which the delivery contract needs.
#
# A find module of our own because the installed RdKafkaConfig.cmake needs its folder on
# CMAKE_MODULE_PATH and the static pkg-config file names the libraries in the wrong order.
if(NOT SLUICE_CACHE_DIR)
  if(DEFINED ENV{SLUICE_CACHE_DIR})
    set(SLUICE_CACHE_DIR "$ENV{SLUICE_CACHE_DIR}")
  else()
    set(SLUICE_CACHE_DIR "${CMAKE_SOURCE_DIR}/.cache")
  endif()
endif()
file(GLOB _rdkafka_prefixes "${SLUICE_CACHE_DIR}/librdkafka-*")
list(SORT _rdkafka_prefixes COMPARE NATURAL ORDER DESCENDING)

find_path(RdKafka_INCLUDE_DIR librdkafka/rdkafka.h HINTS ${_rdkafka_prefixes} PATH_SUFFIXES include)
find_library(RdKafka_LIBRARY NAMES librdkafka.a rdkafka HINTS ${_rdkafka_prefixes}
             PATH_SUFFIXES lib lib64)
if(RdKafka_INCLUDE_DIR)
  file(STRINGS "${RdKafka_INCLUDE_DIR}/librdkafka/rdkafka.h" _rdkafka_version_line
       REGEX "#define RD_KAFKA_VERSION 0x")
  string(REGEX MATCH "0x([0-9a-f][0-9a-f])([0-9a-f][0-9a-f])([0-9a-f][0-9a-f])" _
         "${_rdkafka_version_line}")
  math(EXPR _rdkafka_major "0x${CMAKE_MATCH_1}")
  math(EXPR _rdkafka_minor "0x${CMAKE_MATCH_2}")
  math(EXPR _rdkafka_patch "0x${CMAKE_MATCH_3}")
  set(RdKafka_VERSION "${_rdkafka_major}.${_rdkafka_minor}.${_rdkafka_patch}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RdKafka
  REQUIRED_VARS RdKafka_LIBRARY RdKafka_INCLUDE_DIR
  VERSION_VAR RdKafka_VERSION
  REASON_FAILURE_MESSAGE "run scripts/bootstrap, which builds the pinned version")

if(RdKafka_FOUND AND NOT TARGET RdKafka::rdkafka)
  pkg_check_modules(RdKafkaNeeds REQUIRED IMPORTED_TARGET
                    libcurl libssl libcrypto libsasl2 libzstd liblz4 zlib)
  add_library(RdKafka::rdkafka UNKNOWN IMPORTED)
  set_target_properties(RdKafka::rdkafka PROPERTIES
    IMPORTED_LOCATION "${RdKafka_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${RdKafka_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "PkgConfig::RdKafkaNeeds;Threads::Threads;${CMAKE_DL_LIBS};m")
endif()
