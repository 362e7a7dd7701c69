#include "service/config/option_table.h"

namespace sluice::config {
namespace {

void AddWhatAndWhom(std::vector<Option>& table) {
  table.push_back(RequiredText("deliver.topic", &C::deliver_topic,
                               "The topic whose records are delivered. It has to exist; so many "
                               "partitions as it has, each parked topic is given.",
                               "package_moviment_topic"));
  table.push_back(Text("deliver.group.id", &C::deliver_group_id, "sluice-deliver",
                       "The consumer group. All processes with this group share the work and need "
                       "the same destinations; its committed offsets are the only state beside the "
                       "parked topics. kafka.group.id is the index's."));
  table.push_back(Text("deliver.destination.field", &C::deliver_destination_field, "customer",
                       "The field of a row whose text, or whole number, names the destination. A "
                       "row without it, or that names one which is not configured, is a dead "
                       "letter."));
  Option destinations = Map("deliver.destinations", &C::deliver_destinations,
                            "Each destination's name, as rows have it (letters, digits, - and _, "
                            "up to 64), and its URL: each status is a POST of the row as JSON.",
                            "{acme: 'https://api.acme.example/status'}");
  destinations.required = true;
  table.push_back(std::move(destinations));
  Option secrets = Map("deliver.secrets", &C::deliver_secrets,
                       "By destination, the secret that its requests are signed with "
                       "(HMAC-SHA256, header webhook-signature as Standard Webhooks has it). "
                       "whsec_… is base64. Without one requests are not signed.",
                       "{acme: '${file:/run/secrets/acme}'}");
  secrets.secret = true;
  table.push_back(std::move(secrets));
  table.push_back(Text("deliver.ca_file", &C::deliver_ca_file, "",
                       "The certificates to trust, in a PEM file. Empty: the system's.",
                       "/etc/sluice/ca.pem"));
  table.push_back(Text("deliver.proxy", &C::deliver_proxy, "",
                       "The HTTP proxy that requests go through. Empty: none, whatever the "
                       "environment says.",
                       "http://proxy:3128"));
}

void AddLimits(std::vector<Option>& table) {
  table.push_back(Duration("deliver.connect.timeout", &C::deliver_connect_timeout_us, "10s",
                           10 * kMs, 5 * kMinute, "For a connection to a destination."));
  table.push_back(Duration("deliver.request.timeout", &C::deliver_request_timeout_us, "60s",
                           10 * kMs, 30 * kMinute,
                           "For one request from its beginning to its answer; longer than the "
                           "slowest destination takes. What has no answer by then is sent again, "
                           "with the same Idempotency-Key."));
  table.push_back(Integer("deliver.concurrency", &C::deliver_concurrency, "4", 1, 1'000,
                          "Requests that are open at once to each destination; one for each key at "
                          "most."));
  table.push_back(Integer("deliver.window.records", &C::deliver_window_records, "100", 1, 100'000,
                          "Records of each destination in memory, waiting or under way. Further "
                          "ones are parked."));
  table.push_back(Bytes("deliver.window.bytes", &C::deliver_window_bytes, "1MiB", 4 * kKiB,
                        1 * kGiB, "The same in bytes. A larger record is delivered alone."));
  table.push_back(Duration("deliver.park.after", &C::deliver_park_after_us, "2s", 10 * kMs,
                           1 * kHour,
                           "When the oldest record of a destination has waited for that long, its "
                           "records are parked, so that offsets are committed past them."));
  table.push_back(Text("deliver.parked.prefix", &C::deliver_parked_prefix, "",
                       "What the names of parked topics begin with, before a dot and the "
                       "destination. Empty: deliver.group.id and .parked.",
                       "acme.parked"));
  table.push_back(Integer("deliver.attempts.max", &C::deliver_attempts_max, "0", 0, 1'000'000,
                          "After so many attempts without an answer, or with one that may be "
                          "another later (5xx, 404, …), a record is a dead letter. 0: it is tried "
                          "without end, and the later ones of its key wait."));
  table.push_back(Integer("deliver.breaker.failures", &C::deliver_breaker_failures, "5", 1, 10'000,
                          "After so many failures in a row a destination is left alone, and its "
                          "records are parked; then one is sent to see whether it works again."));
  table.push_back(Duration("deliver.breaker.pause", &C::deliver_breaker_pause_us, "1s", 1 * kMs,
                           1 * kHour,
                           "For how long at first; it doubles with each attempt that fails, up to "
                           "deliver.breaker.pause.max. A Retry-After is heeded up to that, too."));
  table.push_back(Duration("deliver.breaker.pause.max", &C::deliver_breaker_pause_max_us, "30s",
                           1 * kMs, 24 * kHour, "The longest of these pauses."));
  table.push_back(Duration("deliver.drain.timeout", &C::deliver_drain_timeout_us, "2s", 0,
                           10 * kMinute,
                           "How long answers under way are waited for when partitions move to "
                           "another process or this one stops. What has none by then is sent again "
                           "by whoever reads on."));
  table.push_back(Text("deliver.dead_letters.topic", &C::deliver_dead_letters_topic,
                       "sluice.deliver.dead-letters",
                       "The topic that takes records which cannot be delivered. An offset moves "
                       "past such a record only after the broker has acknowledged its dead "
                       "letter."));
}

}  // namespace

std::vector<Option> DeliverOptions() {
  std::vector<Option> options;
  AddWhatAndWhom(options);
  AddLimits(options);
  return options;
}

}  // namespace sluice::config
