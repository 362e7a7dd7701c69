#include "service/check/finding.h"

#include <algorithm>
#include <array>

#include "service/text/json_writer.h"

namespace sluice::check {
namespace {

constexpr std::array<Verdict, 4> kVerdicts = {Verdict::kOk, Verdict::kWarning, Verdict::kNo,
                                              Verdict::kSkipped};

struct Look {
  const char* glyph;
  const char* colour;
};

Look LookOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return {"√", "\x1b[32m"};
    case Verdict::kWarning: return {"~", "\x1b[33m"};
    case Verdict::kNo: return {"x", "\x1b[31m"};
    case Verdict::kSkipped: return {"-", "\x1b[2m"};
  }
  return {"", ""};
}

}  // namespace

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kWarning: return "warning";
    case Verdict::kNo: return "no";
    case Verdict::kSkipped: return "skipped";
  }
  return "";
}

Finding FindingOf(std::string name, Verdict verdict, const std::string& sentence) {
  Finding finding{std::move(name), verdict, sentence, "", 0};
  if (const size_t cure = sentence.find("; "); cure != std::string::npos) {
    finding.text = sentence.substr(0, cure);
    finding.fix = sentence.substr(cure + 2);
  }
  return finding;
}

bool AnswerIsNo(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.verdict == Verdict::kNo; });
}

std::string RenderLine(const Finding& finding, bool colour) {
  const Look look = LookOf(finding.verdict);
  std::string line = colour ? look.colour : "";
  line += std::string(look.glyph) + " " + VerdictName(finding.verdict) + (colour ? "\x1b[0m" : "") +
          "  " + finding.name + ": " + finding.text + "\n";
  if (!finding.fix.empty()) line += "      fix: " + finding.fix + "\n";
  return line;
}

std::string RenderSum(const std::vector<Finding>& findings) {
  std::string sum = std::to_string(findings.size()) + (findings.size() == 1 ? " check" : " checks");
  const char* separator = ": ";
  for (const Verdict verdict : kVerdicts) {
    const auto count = std::count_if(findings.begin(), findings.end(),
                                     [verdict](const auto& one) { return one.verdict == verdict; });
    if (count == 0) continue;
    sum += separator + std::to_string(count) + " " + VerdictName(verdict);
    separator = ", ";
  }
  return sum + "\n";
}

std::string RenderJson(const std::vector<Finding>& findings) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.check/1");
  json.Key("answer").String(AnswerIsNo(findings) ? "no" : "yes").Key("checks").BeginArray();
  for (const Finding& finding : findings) {
    json.BeginObject().Key("name").String(finding.name);
    json.Key("verdict").String(VerdictName(finding.verdict)).Key("text").String(finding.text);
    json.Key("fix");
    finding.fix.empty() ? json.Null() : json.String(finding.fix);
    json.Key("took_ms").Integer(finding.took_ms).EndObject();
  }
  json.EndArray().EndObject();
  return json.text() + "\n";
}

}  // namespace sluice::check
