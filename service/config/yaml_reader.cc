#include "service/config/yaml_reader.h"

#include <yaml-cpp/yaml.h>

#include <map>

#include "service/config/values.h"
#include "service/config/yaml_tree.h"
#include "service/text/nearest.h"

namespace sluice::config {
namespace {

class YamlReader {
 public:
  YamlReader(const std::string& file, const ReferenceSources& references,
             std::vector<RawValue>& values, std::vector<Problem>& problems)
      : file_(file), references_(references), values_(values), problems_(problems) {}

  void ReadSection(const std::string& prefix, const YAML::Node& node) {
    // yaml-cpp keeps both of two equal keys, and looks up the first.
    std::map<std::string, std::string> spelled;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        Report(member.first, prefix, "got " + DescribeNode(member.first) + ", expected a name");
        continue;
      }
      const std::string& key = member.first.Scalar();
      const std::string path = prefix.empty() ? key : prefix + "." + key;
      const auto [it, first] = spelled.emplace(key, PlaceOf("line", member.first.Mark()));
      if (first) {
        ReadMember(path, member.first, member.second);
      } else {
        Report(member.first, path, "this stands here twice, first at " + it->second);
      }
    }
  }

  void ReadValue(const Option& option, const YAML::Node& node) {
    RawValue value;
    value.option = &option;
    value.origin = {Origin::Kind::kFile, PlaceOf(file_, node.Mark())};
    bool good = false;
    if (option.type == OptionType::kTextList) {
      good = ReadList(option, node, value);
    } else if (option.type == OptionType::kTextMap) {
      good = ReadMap(option, node, value);
    } else if (option.type == OptionType::kJson) {
      good = node.IsMap();
      if (good) {
        value.content = RenderJson(file_, std::string(option.path), node, references_, problems_);
      }
    } else if (node.IsScalar()) {
      value.content = Scalar(node);
      good = true;
    }
    if (good) {
      values_.push_back(std::move(value));
    } else {
      ReportShape(option, node);
    }
  }

 private:
  void ReadMember(const std::string& path, const YAML::Node& key, const YAML::Node& node) {
    const Option* option = FindOption(path);
    // A section may come in pieces ("kafka:" here and "kafka.group.id:" there), an option may not.
    if (option != nullptr && !IsOptionPrefix(path) && !RememberOnce(path, key)) return;
    const bool is_section = IsOptionPrefix(path);
    const bool takes_maps = option != nullptr && (option->type == OptionType::kTextMap ||
                                                  option->type == OptionType::kJson);
    if (is_section && node.IsMap() && !takes_maps) {
      ReadSection(path, node);
    } else if (option != nullptr) {
      if (IsOptionPrefix(path) && !RememberOnce(path, key)) return;
      ReadValue(*option, node);
    } else if (const Option* map = FindMapOf(path); map != nullptr) {
      AddMapEntries(*map, path, key, node);
    } else if (is_section) {
      // A section all of whose options are commented out is empty, which is fine.
      if (!node.IsNull()) Report(node, path, "got " + DescribeNode(node) + ", expected a section");
    } else {
      ReportUnknown(path, key);
    }
  }

  bool RememberOnce(const std::string& path, const YAML::Node& key) {
    const auto [it, first] = seen_.emplace(path, PlaceOf("line", key.Mark()));
    if (!first) Report(key, path, "this stands here twice, first at " + it->second);
    return first;
  }

  bool ReadList(const Option& option, const YAML::Node& node, RawValue& value) {
    if (node.IsScalar()) {
      value.content = Scalar(node);
      return true;
    }
    if (!node.IsSequence()) return false;
    std::vector<RawScalar> items;
    for (const auto& item : node) {
      if (item.IsScalar()) {
        items.push_back(Scalar(item));
      } else {
        Report(item, std::string(option.path), "got " + DescribeNode(item) + ", expected text");
      }
    }
    value.content = std::move(items);
    return true;
  }

  bool ReadMap(const Option& option, const YAML::Node& node, RawValue& value) {
    if (!node.IsMap()) return false;
    std::vector<RawMapEntry> entries;
    FlattenMap(std::string(option.path), "", node, entries);
    value.content = std::move(entries);
    return true;
  }

  void FlattenMap(const std::string& path, const std::string& prefix, const YAML::Node& node,
                  std::vector<RawMapEntry>& entries) {
    for (const auto& member : node) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : std::string();
      const std::string name = prefix.empty() ? key : prefix + "." + key;
      const auto [it, first] =
          seen_.emplace(path + "." + name, PlaceOf("line", member.first.Mark()));
      if (key.empty()) {
        Report(member.first, path, "a name must be text");
      } else if (member.second.IsMap()) {
        FlattenMap(path, name, member.second, entries);
      } else if (!first) {
        Report(member.first, path + "." + name,
               "this name stands here twice, first at " + it->second);
      } else if (member.second.IsScalar()) {
        entries.push_back({name, Scalar(member.second)});
      } else {
        Report(member.second, path + "." + name,
               "got " + DescribeNode(member.second) + ", expected text");
      }
    }
  }

  // What is below a map option whose own name stands in the key: "kafka.properties.a.b: 1".
  void AddMapEntries(const Option& map, const std::string& path, const YAML::Node& key,
                     const YAML::Node& node) {
    const std::string name = path.substr(map.path.size() + 1);
    std::vector<RawMapEntry> entries;
    if (node.IsMap()) {
      FlattenMap(std::string(map.path), name, node, entries);
    } else if (!node.IsScalar()) {
      Report(node, path, "got " + DescribeNode(node) + ", expected text");
    } else if (RememberOnce(path, key)) {
      entries.push_back({name, Scalar(node)});
    }
    if (entries.empty()) return;
    RawValue value;
    value.option = &map;
    value.origin = {Origin::Kind::kFile, PlaceOf(file_, node.Mark())};
    value.content = std::move(entries);
    values_.push_back(std::move(value));
  }

  RawScalar Scalar(const YAML::Node& node) const {
    return {node.Scalar(), PlaceOf(file_, node.Mark()), node.Tag() != "?"};
  }

  void ReportShape(const Option& option, const YAML::Node& node) {
    std::string text = option.secret && node.IsScalar() ? "[secret]" : DescribeNode(node);
    Report(node, std::string(option.path), "got " + text + ", expected " + ExpectedValue(option));
  }

  void ReportUnknown(const std::string& path, const YAML::Node& key) {
    std::vector<std::string_view> known;
    for (const Option& option : Options()) {
      // An inner part of a path can be misspelt too: kafka.grup.id is seen as kafka.grup.
      for (size_t dot = option.path.find('.'); dot != std::string_view::npos;
           dot = option.path.find('.', dot + 1)) {
        known.push_back(option.path.substr(0, dot));
      }
      known.push_back(option.path);
    }
    const std::string_view nearest = NearestWord(path, known);
    std::string message = "there is no such option";
    if (!nearest.empty()) message += "; did you mean " + std::string(nearest) + "?";
    Report(key, path, std::move(message));
  }

  void Report(const YAML::Node& node, const std::string& path, std::string message) {
    problems_.push_back({PlaceOf(file_, node.Mark()), path, std::move(message)});
  }

  const std::string& file_;
  const ReferenceSources& references_;
  std::vector<RawValue>& values_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::string> seen_;  // path -> "line:3:5"
};

template <typename Use>
bool WithDocument(const std::string& file, const std::string& text, std::vector<Problem>& problems,
                  Use&& use) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      problems.push_back({PlaceOf(file, documents[1].Mark()), "",
                          "a second document begins here; one file holds one configuration"});
    } else if (documents.size() == 1 && !documents[0].IsNull()) {
      return use(documents[0]);
    }
    return documents.size() <= 1;
  } catch (const YAML::Exception& error) {
    problems.push_back({PlaceOf(file, error.mark), "", "not YAML: " + error.msg});
    return false;
  }
}

}  // namespace

bool ReadYaml(const std::string& file, const std::string& text, const ReferenceSources& references,
              std::vector<RawValue>& values, std::vector<Problem>& problems) {
  return WithDocument(file, text, problems, [&](const YAML::Node& root) {
    YamlReader reader(file, references, values, problems);
    if (root.IsMap()) {
      reader.ReadSection("", root);
      return true;
    }
    problems.push_back({PlaceOf(file, root.Mark()), "",
                        "got " + DescribeNode(root) + ", expected a mapping of options"});
    return false;
  });
}

void ReadYamlTree(const Option& option, const Origin& origin, const std::string& text,
                  const ReferenceSources& references, std::vector<RawValue>& values,
                  std::vector<Problem>& problems) {
  WithDocument(origin.place, text, problems, [&](const YAML::Node& root) {
    YamlReader reader(origin.place, references, values, problems);
    reader.ReadValue(option, root);
    if (!values.empty()) values.back().origin = origin;
    return true;
  });
}

}  // namespace sluice::config
