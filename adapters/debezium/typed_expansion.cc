// The schema that a JSON text shows, and the text as a value of it.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "adapters/debezium/connect_schema.h"
#include "adapters/debezium/java_floats.h"
#include "adapters/debezium/json_expansion.h"
#include "adapters/debezium/json_string.h"
#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// Values by name, in the order of their first appearance.
template <typename Value>
class NamedList {
 public:
  struct Entry {
    std::string name;
    Value value;
  };
  [[nodiscard]] const Value* Find(const std::string& name) const {
    const auto place = places_.find(name);
    return place == places_.end() ? nullptr : &all_[place->second].value;
  }
  /// That of the name, which is added where it is not there.
  Value& At(const std::string& name) {
    const auto [place, fresh] = places_.emplace(name, all_.size());
    if (fresh) all_.push_back({name, Value()});
    return all_[place->second].value;
  }
  [[nodiscard]] auto begin() const { return all_.begin(); }
  [[nodiscard]] auto end() const { return all_.end(); }

 private:
  std::vector<Entry> all_;
  std::map<std::string, size_t> places_;
};

/// A JSON value, taken apart.
struct Node {
  enum class Kind : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string_view text;    ///< Of scalars.
  NamedList<Node> members;  ///< By name, as a JSON string.
  std::vector<Node> items;
};

/// A schema of Connect's.
struct Shape {
  enum class Kind : uint8_t {
    kNothing,
    kBoolean,
    kInt32,
    kInt64,
    kDouble,
    kString,
    kArray,
    kStruct
  };
  Kind kind = Kind::kNothing;  ///< kNothing: only nulls were seen, or no item.
  std::string name;            ///< Of kStruct, within quotes; empty: none.
  NamedList<Shape> fields;     ///< Of kStruct.
  std::vector<Shape> item;     ///< Of kArray: one.
};

/// A string written anew, so that one name has one spelling; what has no meaning stays as it is.
std::string Respelled(std::string_view quoted) {
  std::string plain;
  const std::string_view content = quoted.substr(1, quoted.size() - 2);
  if (!AppendUnescaped(content, plain)) return std::string(quoted);
  return Quoted(plain);
}

/// Takes JSON apart that was found to be well-formed. Of two equal names the last counts.
class Reader {
 public:
  explicit Reader(const char* end) : end_(end) {}

  const char* Read(const char* at, Node& node) {
    if (*at == '{') return ReadObject(at, node);
    if (*at == '[') return ReadArray(at, node);
    const char* const after = SkipScalar(at, end_);
    node.text = {at, static_cast<size_t>(after - at)};
    switch (*at) {
      case 'n': node.kind = Node::Kind::kNull; break;
      case 't':
      case 'f': node.kind = Node::Kind::kBoolean; break;
      case '"': node.kind = Node::Kind::kString; break;
      default: node.kind = Node::Kind::kNumber;
    }
    return after;
  }

 private:
  const char* ReadObject(const char* at, Node& node) {
    node.kind = Node::Kind::kObject;
    std::string_view raw;
    for (at = SkipSpace(at + 1, end_); *at != '}'; at = SkipComma(at, end_)) {
      const char* const value = SkipName(at, end_, raw);
      Node& member = node.members.At(Respelled({raw.data() - 1, raw.size() + 2}));
      member = Node();
      at = Read(value, member);
    }
    return at + 1;
  }

  const char* ReadArray(const char* at, Node& node) {
    node.kind = Node::Kind::kArray;
    for (at = SkipSpace(at + 1, end_); *at != ']'; at = SkipComma(at, end_)) {
      at = Read(at, node.items.emplace_back());
    }
    return at + 1;
  }

  const char* const end_;
};

/// Finds schemas, and writes values by them.
class Typist {
 public:
  Typist(const ExpansionRules& rules, Fidelity fidelity)
      : rules_(rules), compat_(fidelity == Fidelity::kCompat) {}

  [[nodiscard]] bool ok() const { return ok_; }

  /// `name` is that of structs, within quotes; empty: they have none.
  Shape Infer(const Node& node, const std::string& name) {
    switch (node.kind) {
      case Node::Kind::kNull: return {};
      case Node::Kind::kBoolean: return Plain(Shape::Kind::kBoolean);
      case Node::Kind::kNumber: return Plain(KindOf(node.text));
      case Node::Kind::kString: return Plain(Shape::Kind::kString);
      case Node::Kind::kArray: return InferArray(node, name);
      case Node::Kind::kObject: break;
    }
    Shape shape = Plain(Shape::Kind::kStruct);
    shape.name = name;
    for (const auto& [member, value] : node.members) {
      if (SaysNothing(value)) continue;
      const std::string inner = member.substr(1, member.size() - 2);
      shape.fields.At(member) = Infer(value, name.empty() ? inner : name + "." + inner);
    }
    return shape;
  }

  void AppendSchema(const Shape& shape, std::string_view field, std::string& out) const {
    switch (shape.kind) {
      case Shape::Kind::kNothing: out += R"({"type":"bytes","optional":true)"; break;
      case Shape::Kind::kBoolean: out += R"({"type":"boolean","optional":true)"; break;
      case Shape::Kind::kInt32: out += R"({"type":"int32","optional":true)"; break;
      case Shape::Kind::kInt64: out += R"({"type":"int64","optional":true)"; break;
      case Shape::Kind::kDouble: out += R"({"type":"double","optional":true)"; break;
      case Shape::Kind::kString: out += R"({"type":"string","optional":true)"; break;
      case Shape::Kind::kArray:
        out += R"({"type":"array","items":)";
        AppendSchema(OrString(shape.item.front()), "", out);
        out += R"(,"optional":true)";
        break;
      case Shape::Kind::kStruct:
        out += R"({"type":"struct","fields":[)";
        for (const auto& [name, inner] : shape.fields) {
          if (out.back() != '[') out += ',';
          AppendSchema(inner, name, out);
        }
        out += R"(],"optional":true)";
        if (!shape.name.empty()) out += ",\"name\":\"" + shape.name + "\"";
        break;
    }
    if (!field.empty()) out.append(",\"field\":").append(field);
    out += '}';
  }

  void AppendValue(const Node* node, const Shape& shape, TextBuffer& out) const {
    if (node == nullptr || node->kind == Node::Kind::kNull) return out.Append("null");
    switch (node->kind) {
      case Node::Kind::kNull:
      case Node::Kind::kBoolean: return out.Append(node->text);
      case Node::Kind::kNumber: return AppendNumber(node->text, shape, out);
      case Node::Kind::kString:
        return out.Append(compat_ ? Respelled(node->text) : std::string(node->text));
      case Node::Kind::kArray: return AppendArray(*node, shape, out);
      case Node::Kind::kObject: break;
    }
    out.Put('{');
    bool first = true;
    for (const auto& [name, inner] : shape.fields) {
      if (!first) out.Put(',');
      first = false;
      out.Append(name);
      out.Put(':');
      AppendValue(node->members.Find(name), inner, out);
    }
    out.Put('}');
  }

 private:
  static Shape Plain(Shape::Kind kind) {
    Shape shape;
    shape.kind = kind;
    return shape;
  }

  /// Items that nothing is known of are texts, as Debezium has it.
  static Shape OrString(const Shape& item) {
    return item.kind == Shape::Kind::kNothing ? Plain(Shape::Kind::kString) : item;
  }

  [[nodiscard]] bool SaysNothing(const Node& node) const {
    if (node.kind == Node::Kind::kNull) return rules_.nulls == EmptyMember::kLeftOut;
    return node.kind == Node::Kind::kArray && node.items.empty() &&
           rules_.empty_arrays == EmptyMember::kLeftOut;
  }

  Shape::Kind KindOf(std::string_view number) {
    if (number.find_first_of(".eE") != std::string_view::npos) return Shape::Kind::kDouble;
    int64_t value = 0;
    const char* const end = number.data() + number.size();
    if (std::from_chars(number.data(), end, value).ec != std::errc()) ok_ = false;
    const bool small = value >= std::numeric_limits<int32_t>::min() &&
                       value <= std::numeric_limits<int32_t>::max();
    return small ? Shape::Kind::kInt32 : Shape::Kind::kInt64;
  }

  Shape InferArray(const Node& node, const std::string& name) {
    Shape item;
    for (const Node& one : node.items) {
      if (one.kind == Node::Kind::kNull) continue;
      // As Debezium has it: only objects tell whose they are.
      Shape shape = Infer(one, one.kind == Node::Kind::kObject ? name : std::string());
      const bool first = item.kind == Shape::Kind::kNothing;
      if (compat_ && (first ? SaysNothing(one) : item.kind != shape.kind)) ok_ = false;
      Merge(item, std::move(shape));
    }
    if (compat_ && item.kind == Shape::Kind::kNothing && !node.items.empty()) ok_ = false;
    Shape shape = Plain(Shape::Kind::kArray);
    shape.item.push_back(std::move(item));
    return shape;
  }

  /// Makes `into` a schema of what both have.
  void Merge(Shape& into, Shape other) {
    if (other.kind == Shape::Kind::kNothing) return;
    if (into.kind == Shape::Kind::kNothing) {
      into = std::move(other);
      return;
    }
    const auto is_number = [](const Shape& shape) {
      return shape.kind == Shape::Kind::kInt32 || shape.kind == Shape::Kind::kInt64 ||
             shape.kind == Shape::Kind::kDouble;
    };
    if (is_number(into) && is_number(other)) {
      into.kind = std::max(into.kind, other.kind);
    } else if (into.kind != other.kind) {
      ok_ = false;
    } else if (into.kind == Shape::Kind::kArray) {
      Merge(into.item.front(), std::move(other.item.front()));
    } else if (into.kind == Shape::Kind::kStruct) {
      for (const auto& [name, shape] : other.fields) Merge(into.fields.At(name), shape);
    }
  }

  void AppendNumber(std::string_view text, const Shape& shape, TextBuffer& out) const {
    const bool as_double = compat_ && shape.kind == Shape::Kind::kDouble;
    if (!as_double || !AppendFloat64(text, out)) out.Append(text);
  }

  void AppendArray(const Node& node, const Shape& shape, TextBuffer& out) const {
    out.Put('[');
    bool first = true;
    for (const Node& one : node.items) {
      if (!first) out.Put(',');
      first = false;
      AppendValue(&one, shape.item.front(), out);
    }
    out.Put(']');
  }

  const ExpansionRules& rules_;
  const bool compat_;
  bool ok_ = true;
};

}  // namespace

bool ExpandTyped(std::string_view text, const ExpansionRules& rules, Fidelity fidelity,
                 std::string_view name, std::string_view field, TypedExpansion& expansion) {
  const bool compat = fidelity == Fidelity::kCompat;
  const char* const end = text.data() + text.size();
  const char* const begin = compat ? text.data() : SkipSpace(text.data(), end);
  const bool container = begin != end && (*begin == '{' || (*begin == '[' && !compat));
  if (!container || !IsJson(text)) return false;
  Node node;
  Reader(end).Read(begin, node);
  Typist typist(rules, fidelity);
  const std::string quoted = Quoted(name);
  const Shape shape = typist.Infer(node, quoted.substr(1, quoted.size() - 2));
  if (!typist.ok()) return false;
  expansion.schema.clear();
  typist.AppendSchema(shape, field.empty() ? std::string() : Quoted(field), expansion.schema);
  TextBuffer out;
  typist.AppendValue(&node, shape, out);
  expansion.json.assign(out.view());
  return true;
}

}  // namespace sluice::debezium
