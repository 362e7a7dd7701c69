#include "service/config/yaml_tree.h"

#include <cctype>
#include <set>

#include "service/text/json_writer.h"

namespace sluice::config {
namespace {

constexpr int kLevelsMax = 64;
constexpr int kNodesMax = 10'000;

// JSON's grammar of numbers; anything else that looks like one (0x10, .5, 1_000) is a text.
bool IsJsonNumber(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
    return i - begin;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool leading_zero = i < text.size() && text[i] == '0';
  const size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

class TreeRenderer {
 public:
  TreeRenderer(const std::string& file, const ReferenceSources& references,
               std::vector<Problem>& problems)
      : file_(file), references_(references), problems_(problems) {}

  void Render(const std::string& path, const YAML::Node& node, int level) {
    if (level > kLevelsMax || ++nodes_ > kNodesMax) {
      if (!too_large_) Report(node, path, "the tree has over 64 levels or 10000 nodes");
      too_large_ = true;
      json_.Null();
      return;
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: json_.Null(); return;
      case YAML::NodeType::Scalar: RenderScalar(path, node); return;
      case YAML::NodeType::Sequence:
        json_.BeginArray();
        for (const auto& item : node) Render(path, item, level + 1);
        json_.EndArray();
        return;
      case YAML::NodeType::Map: RenderMap(path, node, level); return;
    }
  }

  [[nodiscard]] const std::string& text() const { return json_.text(); }

 private:
  void RenderScalar(const std::string& path, const YAML::Node& node) {
    const auto resolved = ResolveReferences(node.Scalar(), references_);
    if (!resolved) {
      Report(node, path, resolved.error().ToString());
      json_.Null();
      return;
    }
    const std::string& text = *resolved;
    const bool plain = node.Tag() == "?" && !HasReference(node.Scalar());
    if (plain && (text == "true" || text == "false" || IsJsonNumber(text))) {
      json_.Raw(text);
    } else {
      json_.String(text);
    }
  }

  void RenderMap(const std::string& path, const YAML::Node& node, int level) {
    std::set<std::string> seen;
    json_.BeginObject();
    for (const auto& member : node) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : std::string();
      const std::string below = path + "." + key;
      if (!member.first.IsScalar()) Report(member.first, path, "a key must be text");
      if (!seen.insert(key).second) Report(member.first, below, "this key stands here twice");
      json_.Key(key);
      Render(below, member.second, level + 1);
    }
    json_.EndObject();
  }

  void Report(const YAML::Node& node, const std::string& path, std::string message) {
    problems_.push_back({PlaceOf(file_, node.Mark()), path, std::move(message)});
  }

  const std::string& file_;
  const ReferenceSources& references_;
  std::vector<Problem>& problems_;
  JsonWriter json_;
  int nodes_ = 0;
  bool too_large_ = false;
};

}  // namespace

std::string PlaceOf(const std::string& file, const YAML::Mark& mark) {
  if (mark.is_null()) return file;
  return file + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

std::string DescribeNode(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null: return "nothing";
    case YAML::NodeType::Scalar: return "\"" + node.Scalar() + "\"";
    case YAML::NodeType::Sequence: return "a list";
    case YAML::NodeType::Map: return "a mapping";
  }
  return "?";
}

std::string RenderJson(const std::string& file, const std::string& path, const YAML::Node& node,
                       const ReferenceSources& references, std::vector<Problem>& problems) {
  TreeRenderer renderer(file, references, problems);
  renderer.Render(path, node, 0);
  return renderer.text();
}

}  // namespace sluice::config
