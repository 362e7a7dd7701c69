#include "service/commands/version.h"

#include <curl/curl.h>
#include <librdkafka/rdkafka.h>
#include <simdjson.h>

#define SLUICE_TEXT_OF(name) #name
#define SLUICE_TEXT(name) SLUICE_TEXT_OF(name)

namespace sluice::service {

std::string Version() {
  return SLUICE_VERSION;
}

std::string VersionText() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  const auto& simdjson = simdjson::get_active_implementation();
  return "sluice " + Version() + " (librdkafka " + rd_kafka_version_str() + ", libcurl " +
         curl->version + ", simdjson " + SLUICE_TEXT(SIMDJSON_VERSION) + " " + simdjson->name() +
         ")";
}

}  // namespace sluice::service
