#include "service/commands/adapter_checks.h"

#include <map>

#include "adapters/debezium/unchanged_shapes.h"
#include "adapters/elasticsearch/index_names.h"
#include "adapters/kafka/settings.h"
#include "adapters/webhook/endpoint_url.h"
#include "adapters/webhook/signature.h"
#include "service/composition/adapter_settings.h"

namespace sluice::service {
namespace {

using config::LoadedConfig;
using config::Problem;

Problem At(const LoadedConfig& loaded, std::string_view path, std::string message) {
  return {loaded.Find(path).origin.place, std::string(path), std::move(message)};
}

// The option an adapter's sentence is about, as far as it names one.
std::string_view PathIn(const Error& error) {
  const std::string text = error.ToString();
  for (const std::string_view path : {"kafka.topics.regex", "kafka.topics"}) {
    if (text.find(path) != std::string::npos) return path;
  }
  return "kafka.properties";
}

void CheckKafka(const LoadedConfig& loaded, std::vector<Problem>& problems) {
  const auto errors =
      kafka::CheckConsumer(KafkaSettings(loaded.config), ConsumerSettingsOf(loaded.config, 0));
  for (const Error& error : errors) {
    problems.push_back(At(loaded, PathIn(error), error.ToString()));
  }
}

// Two topics in one index would overwrite each other's rows.
void CheckIndexNames(const LoadedConfig& loaded, std::vector<Problem>& problems) {
  std::map<std::string, std::string> topic_of;
  const auto take = [&](std::string_view path, const std::string& topic, const std::string& name) {
    const auto [it, first] = topic_of.emplace(name, topic);
    if (first || it->second == topic) return;
    problems.push_back(At(loaded, path,
                          "topics " + it->second + " and " + topic + " have the same index " +
                              name + "; give one of them another name in index.names"));
  };
  std::map<std::string, std::string> named(loaded.config.index_names.begin(),
                                           loaded.config.index_names.end());
  for (const auto& [topic, name] : named) {
    const Status status = elasticsearch::CheckIndexName(name);
    if (status) {
      take("index.names", topic, name);
    } else {
      problems.push_back(At(loaded, "index.names", status.error().ToString()));
    }
  }
  if (const Status status = elasticsearch::CheckIndexName(loaded.config.control_index); !status) {
    problems.push_back(At(loaded, "control.index", status.error().ToString()));
  }
  if (const Status status = elasticsearch::CheckIndexName(loaded.config.divergent_index); !status) {
    problems.push_back(At(loaded, "divergent.index", status.error().ToString()));
  } else if (loaded.config.divergent_index == loaded.config.control_index) {
    problems.push_back(At(loaded, "divergent.index",
                          "got " + loaded.config.divergent_index +
                              ", which is control.index too; expected an index of its own"));
  }
  for (const std::string& topic : loaded.config.kafka_topics) {
    if (named.contains(topic)) continue;
    const auto name = elasticsearch::IndexNameOf(topic);
    if (name) {
      take("kafka.topics", topic, *name);
    } else {
      problems.push_back(At(loaded, "kafka.topics", name.error().ToString()));
    }
  }
}

void CheckPlaceholder(const LoadedConfig& loaded, std::string_view path, const std::string& text,
                      std::vector<Problem>& problems) {
  const auto placeholder = debezium::PlaceholderBytes(text);
  if (!placeholder) problems.push_back(At(loaded, path, placeholder.error().ToString()));
}

void CheckDeliveries(const LoadedConfig& loaded, std::vector<Problem>& problems) {
  for (const auto& [name, url] : loaded.config.deliver_destinations) {
    if (!url.starts_with("http://") && !url.starts_with("https://")) continue;  // told already
    if (const Status status = webhook::CheckUrl(url); !status)
      problems.push_back(
          At(loaded, "deliver.destinations", name + ": " + status.error().ToString()));
  }
  for (const auto& [name, secret] : loaded.config.deliver_secrets) {
    if (webhook::IsSecret(secret)) continue;
    problems.push_back(At(
        loaded, "deliver.secrets",
        "the secret of " + name + " is empty, or begins with whsec_ and is no base64 behind that"));
  }
}

}  // namespace

std::vector<Problem> CheckWithAdapters(const LoadedConfig& loaded) {
  std::vector<Problem> problems;
  if (config::Overlap(loaded.sides, config::Sides::kIndex)) {
    CheckKafka(loaded, problems);
    CheckIndexNames(loaded, problems);
    CheckPlaceholder(loaded, "event.unavailable.value.placeholder",
                     loaded.config.unavailable_placeholder, problems);
  } else {
    for (const Error& error : kafka::CheckProperties(KafkaSettings(loaded.config).properties)) {
      problems.push_back(At(loaded, "kafka.properties", error.ToString()));
    }
  }
  if (config::Overlap(loaded.sides, config::Sides::kDeliver)) CheckDeliveries(loaded, problems);
  if (config::Overlap(loaded.sides, config::Sides::kCapture)) {
    CheckPlaceholder(loaded, "unavailable.value.placeholder",
                     loaded.config.unavailable_value_placeholder, problems);
  }
  return problems;
}

}  // namespace sluice::service
