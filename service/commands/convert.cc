#include "service/commands/convert.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <ostream>

#include "service/convert/report.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

constexpr size_t kFileBytesMax = 4 << 20;

struct ConvertRun {
  std::vector<std::string> files;
  std::string output;  ///< A file, or a folder when several connectors are converted.
  std::string report;
  std::string brokers;
  bool bypass = false;
};

Result<std::string> ReadText(const std::string& name) {
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  std::istream& in = name == "-" ? std::cin : file;
  std::string text(kFileBytesMax + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto got = static_cast<size_t>(in.gcount());
  if (got == 0) return Error{name + ": cannot be read, or is empty", ""};
  if (got > kFileBytesMax) return Error{name + ": over 4MiB; is it a connector?", ""};
  text.resize(got);
  return text;
}

Result<convert::Conversion> ConvertFile(const std::string& name, const ConvertRun& run) {
  const auto text = ReadText(name);
  if (!text) return text.error();
  const auto connector = convert::ReadConnector(*text);
  if (!connector) return Error{name + ": " + connector.error().ToString(), ""};
  auto conversion = convert::Convert(*connector, {run.brokers});
  if (!conversion) return Error{name + ": " + conversion.error().ToString(), ""};
  return conversion;
}

Status Write(const std::string& name, const std::string& text) {
  std::ofstream file(name, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Error{name + ": cannot be written", "check its folder and rights"};
  return {};
}

/// Where a connector's configuration goes; empty: standard output.
std::string OutputOf(const std::string& input, const ConvertRun& run) {
  if (run.files.size() == 1 && !std::filesystem::is_directory(run.output)) return run.output;
  const std::filesystem::path folder(run.output);
  return (folder / std::filesystem::path(input).stem()).string() + ".yaml";
}

struct Converted {
  std::string file;
  convert::Conversion conversion;
};

Status WriteAll(const std::vector<Converted>& all, const ConvertRun& run, CommandContext& context) {
  std::string report;
  std::string json;
  for (const auto& [file, conversion] : all) {
    const std::string output = OutputOf(file, run);
    const std::string yaml = convert::RenderYaml(conversion, file);
    if (!output.empty()) {
      if (const Status status = Write(output, yaml); !status) return status;
    } else if (!context.global.json) {
      context.out << yaml;
    }
    report += (report.empty() ? "" : "\n") + convert::RenderReport(conversion, file);
    json += (json.empty() ? "" : ",") + convert::RenderJson(conversion, file);
  }
  if (context.global.json) {
    context.out << "{\"schema\":\"sluice.convert/1\",\"files\":[" << json << "]}\n";
  }
  if (!run.report.empty()) return Write(run.report, report);
  context.err << report;
  return {};
}

ExitCode RunConvert(const ConvertRun& run, CommandContext& context) {
  std::vector<Converted> all;
  bool changes = false;
  if (run.files.size() > 1 && !std::filesystem::is_directory(run.output)) {
    context.err << "sluice: several connectors need a folder: -o FOLDER, which must be there\n";
    return ExitCode::kUsage;
  }
  for (const std::string& file : run.files) {
    auto conversion = ConvertFile(file, run);
    if (!conversion) {
      context.err << "sluice: " << conversion.error().ToString() << "\n";
      return ExitCode::kUsage;
    }
    changes |= conversion->changes();
    all.push_back({file, std::move(*conversion)});
  }
  if (const Status status = WriteAll(all, run, context); !status) {
    context.err << "sluice: " << status.error().ToString() << "\n";
    return ExitCode::kFailed;
  }
  if (!changes || run.bypass) return ExitCode::kDone;
  context.err << "sluice: some settings are unknown or change behaviour; look at the report, and "
                 "give --bypass-errors when that is as it should be\n";
  return ExitCode::kNo;
}

}  // namespace

void AddConvert(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "convert",
      "Turns the JSON of a Debezium PostgreSQL connector into a configuration\n"
      "Each setting is kept, renamed, without meaning here, or changes behaviour; the report says "
      "which and why.\nNo password is copied. Exit code 4: something is unknown or changes "
      "behaviour; the configuration was written nevertheless.",
      "sluice convert connector.json -o sluice.yaml -r report.md");
  const auto run = std::make_shared<ConvertRun>();
  verb.add_option("FILE", run->files,
                  "Connectors as Kafka Connect takes them, - for standard input")
      ->required();
  verb.add_option("-o,--output", run->output,
                  "Where the configuration goes; a folder for several (standard output)")
      ->type_name("FILE");
  verb.add_option("-r,--report", run->report, "Where the report goes, as Markdown (standard error)")
      ->type_name("FILE");
  verb.add_option("-b,--brokers", run->brokers,
                  "Kafka's brokers, which a connector does not name: host:port,host:port")
      ->type_name("LIST");
  verb.add_flag("--bypass-errors", run->bypass,
                "Exit code 0 although something is unknown or changes behaviour");
  verb.callback([run, &context] { context.exit_code = RunConvert(*run, context); });
}

}  // namespace sluice::service
