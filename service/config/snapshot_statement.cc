#include "service/config/snapshot_statement.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "service/config/values.h"

namespace sluice::config {
namespace {

constexpr std::string_view kForm =
    "expected schema.table with SELECT * FROM TABLE WHERE CONDITION; columns are chosen by "
    "column.include.list";

/// Reserved words that begin a clause, where no bracket is open. FOR is of FOR UPDATE.
constexpr auto kClauses = std::to_array<std::string_view>({"limit", "offset", "fetch", "group",
                                                           "having", "union", "intersect", "except",
                                                           "window", "for", "into", "tablesample"});
constexpr auto kJoins = std::to_array<std::string_view>(
    {",", "join", "inner", "left", "right", "full", "cross", "natural"});

struct Token {
  enum class Kind : uint8_t { kWord, kQuotedName, kText, kSign };
  Kind kind = Kind::kSign;
  std::string text;  ///< Of words in lower case, of quoted names without the quotes.
  size_t begin = 0;  ///< Place in the statement, in bytes.
  int depth = 0;     ///< Brackets that are open.
};

template <typename List>
bool Has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

/// Splits a statement as PostgreSQL's scanner does, as far as it matters where a text ends.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> Run() {
    while (at_ < text_.size() && fault_.empty()) Step();
    if (fault_.empty() && depth_ != 0) fault_ = "a bracket is not closed";
    if (!fault_.empty()) return Error{fault_, ""};
    return std::move(tokens_);
  }

 private:
  void Add(Token::Kind kind, std::string text, size_t begin) {
    tokens_.push_back({kind, std::move(text), begin, depth_});
  }

  void Step() {
    const char c = text_[at_];
    const std::string_view rest = text_.substr(at_);
    if (std::string_view(" \t\r\n\f\v").find(c) != std::string_view::npos) {
      ++at_;
    } else if (rest.starts_with("--") || rest.starts_with("/*")) {
      fault_ = "a comment is not supported";
    } else if (c == '\'' || c == '"') {
      Quoted(c, false);
    } else if (c == '$' && DollarQuoted()) {
      return;
    } else if (IsWordByte(c)) {
      Word();
    } else {
      if (c == ')' && --depth_ < 0) fault_ = "a bracket is closed that was not opened";
      Add(Token::Kind::kSign, std::string(1, c), at_++);
      if (c == '(') ++depth_;
    }
  }

  void Quoted(char quote, bool escapes) {
    const size_t begin = at_++;
    std::string text;
    for (; at_ < text_.size(); ++at_) {
      const bool doubled = text_[at_] == quote && text_.substr(at_ + 1).starts_with(quote);
      if (doubled || (escapes && text_[at_] == '\\')) {
        ++at_;
      } else if (text_[at_] == quote) {
        ++at_;
        return Add(quote == '"' ? Token::Kind::kQuotedName : Token::Kind::kText, text, begin);
      }
      if (at_ < text_.size()) text += text_[at_];
    }
    fault_ = "a quotation is not ended";
  }

  /// $$text$$ or $tag$text$tag$.
  bool DollarQuoted() {
    const size_t end = text_.find('$', at_ + 1);
    if (end == std::string_view::npos) return false;
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::string_view name = tag.substr(1, tag.size() - 2);
    const bool digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
    if (digit || !std::all_of(name.begin(), name.end(), IsWordByte)) return false;
    const size_t close = text_.find(tag, end + 1);
    if (close == std::string_view::npos) {
      fault_ = "a quotation is not ended";
      return true;
    }
    Add(Token::Kind::kText, "", at_);
    at_ = close + tag.size();
    return true;
  }

  void Word() {
    const size_t begin = at_;
    std::string word;
    for (; at_ < text_.size() && IsWordByte(text_[at_]); ++at_) {
      const char c = text_[at_];
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const bool escapes = word == "e" && text_.substr(at_).starts_with('\'');
    if (escapes) return Quoted('\'', true);
    Add(Token::Kind::kWord, std::move(word), begin);
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<Token> tokens_;
  std::string fault_;
};

class Reader {
 public:
  Reader(std::string_view table, std::string_view statement, std::vector<Token> tokens)
      : table_(table), statement_(statement), tokens_(std::move(tokens)) {}

  Result<std::string> Run() {
    size_t end = tokens_.size();
    while (end > 0 && IsSign(tokens_[end - 1], ";")) --end;
    end_ = end < tokens_.size() ? tokens_[end].begin : statement_.size();
    tokens_.resize(end);
    for (const Token& token : tokens_) {
      if (IsSign(token, ";")) return Error{"several statements are not supported", ""};
    }
    if (!Take("select") || !Take("*") || !Take("from")) return Error{std::string(kForm), ""};
    if (auto fault = ReadTable()) return *fault;
    if (auto fault = CheckClauses()) return *fault;
    return Condition();
  }

 private:
  using Fault = std::optional<Error>;

  static bool IsSign(const Token& token, std::string_view sign) {
    return token.kind == Token::Kind::kSign && token.text == sign;
  }
  [[nodiscard]] bool Is(size_t at, std::string_view word) const {
    return at < tokens_.size() && tokens_[at].text == word &&
           (tokens_[at].kind == Token::Kind::kWord || tokens_[at].kind == Token::Kind::kSign);
  }
  bool Take(std::string_view word) {
    if (!Is(at_, word)) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool IsName(size_t at) const {
    return at < tokens_.size() &&
           (tokens_[at].kind == Token::Kind::kWord || tokens_[at].kind == Token::Kind::kQuotedName);
  }

  Fault ReadTable() {
    if (!IsName(at_)) return Error{std::string(kForm), ""};
    std::vector<std::string> parts{tokens_[at_++].text};
    while (Is(at_, ".") && IsName(at_ + 1)) {
      parts.push_back(tokens_[at_ + 1].text);
      at_ += 2;
    }
    const std::string name =
        parts.size() == 1 ? parts[0] : parts[parts.size() - 2] + "." + parts.back();
    const bool same = parts.size() == 1 ? table_.ends_with("." + name) : table_ == name;
    if (same) return std::nullopt;
    return Error{"the statement reads " + name +
                     ", another table (names without quotes are in "
                     "lower case)",
                 ""};
  }

  // Behind the table; a word behind a dot is a column's name.
  Fault CheckClauses() const {
    if (at_ == tokens_.size()) return std::nullopt;
    const std::string& next = tokens_[at_].text;
    const bool plain = tokens_[at_].kind != Token::Kind::kQuotedName;
    if (plain && Has(kJoins, next)) return Error{"other tables are not read along", ""};
    for (size_t i = at_; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.kind != Token::Kind::kWord || token.depth > 0 || Is(i - 1, ".")) continue;
      if (!Has(kClauses, token.text)) continue;
      return Error{Upper(token.text) +
                       " is not supported: a table is read in pieces, each of its "
                       "rows that meets the condition",
                   ""};
    }
    if (Is(at_, "where") || (Is(at_, "order") && Is(at_ + 1, "by"))) return std::nullopt;
    if (!IsName(at_)) return Error{std::string(kForm), ""};
    return Error{
        "an alias of the table is not supported: write the columns of the condition by "
        "themselves",
        ""};
  }

  [[nodiscard]] Result<std::string> Condition() const {
    if (!Is(at_, "where")) return std::string();
    size_t end = at_ + 1;
    for (; end < tokens_.size(); ++end) {
      const bool order = Is(end, "order") && Is(end + 1, "by") && !Is(end - 1, ".");
      if (order && tokens_[end].depth == 0) break;
    }
    if (end == at_ + 1) return Error{"no condition follows WHERE", ""};
    const size_t begin = tokens_[at_].begin + std::string_view("where").size();
    const size_t stop = end < tokens_.size() ? tokens_[end].begin : end_;
    return std::string(Trim(statement_.substr(begin, stop - begin)));
  }

  std::string_view table_;
  std::string_view statement_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t end_ = 0;  ///< Of what counts of the statement, in bytes.
};

}  // namespace

Result<std::string> SnapshotCondition(std::string_view table, std::string_view statement) {
  if (table.find('.') == std::string_view::npos) return Error{std::string(kForm), ""};
  auto tokens = Scanner(statement).Run();
  if (!tokens) return tokens.error();
  return Reader(table, statement, std::move(*tokens)).Run();
}

}  // namespace sluice::config
