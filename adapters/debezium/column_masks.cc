#include "adapters/debezium/column_masks.h"

#include <openssl/evp.h>

#include <array>

#include "adapters/debezium/json_string.h"

namespace sluice::debezium {
namespace {

/// A Java String as ObjectOutputStream writes it, which the first form of hashes digests: a stream
/// header, a mark, the length, and UTF-8 in which NUL takes two bytes and a character outside the
/// basic plane two surrogates of three.
void Serialise(std::string_view text, std::string& out) {
  std::string content;
  const auto put = [&content](uint32_t unit) {
    if (unit != 0 && unit < 0x80) {
      content += static_cast<char>(unit);
    } else if (unit < 0x800) {
      content += static_cast<char>(0xC0 | unit >> 6);
      content += static_cast<char>(0x80 | (unit & 0x3F));
    } else {
      content += static_cast<char>(0xE0 | unit >> 12);
      content += static_cast<char>(0x80 | (unit >> 6 & 0x3F));
      content += static_cast<char>(0x80 | (unit & 0x3F));
    }
  };
  content.swap(out);
  content.clear();
  for (size_t at = 0; at < text.size();) {
    auto code = static_cast<uint32_t>(NextCharacter(text, at));
    if (code > 0x10FFFF) code = 0xFFFD;
    if (code < 0x10000) {
      put(code);
    } else {
      put(0xD800 + ((code - 0x10000) >> 10));
      put(0xDC00 + ((code - 0x10000) & 0x3FF));
    }
  }
  const bool is_long = content.size() > 0xFFFF;
  std::array<char, 13> head = {'\xAC', '\xED', 0, 5, is_long ? '\x7C' : '\x74'};
  const size_t length_bytes = is_long ? 8 : 2;
  for (size_t i = 0; i < length_bytes; ++i) {
    head[5 + i] = static_cast<char>(content.size() >> (8 * (length_bytes - 1 - i)));
  }
  content.insert(0, head.data(), 5 + length_bytes);
  out.swap(content);
}

}  // namespace

struct ColumnMask::Digest {
  explicit Digest(const std::string& algorithm)
      : method(EVP_MD_fetch(nullptr, algorithm.c_str(), nullptr)), context(EVP_MD_CTX_new()) {}
  ~Digest() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(method);
  }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  EVP_MD* method;
  EVP_MD_CTX* context;
};

ColumnMask::ColumnMask(MaskRule rule, int32_t column_length)
    : rule_(std::move(rule)), column_length_(column_length), stars_(rule_.chars, '*') {
  const bool hashes = rule_.kind == MaskRule::Kind::kHash || rule_.kind == MaskRule::Kind::kHashV2;
  if (!hashes) return;
  digest_ = std::make_unique<Digest>(rule_.algorithm);
  constexpr size_t kStarsWithoutHash = 32;
  stars_.assign(kStarsWithoutHash, '*');
}

ColumnMask::~ColumnMask() = default;

std::unique_ptr<ColumnMask> ColumnMask::Choose(const std::vector<MaskRule>& rules,
                                               const Table& table, const Column& column) {
  if (!Fits(column)) return nullptr;
  for (const MaskRule& rule : rules) {
    if (!rule.matches || !rule.matches(table, column)) continue;
    // A column that is short enough already is left alone.
    if (rule.kind == MaskRule::Kind::kTruncate && column.length >= 0 &&
        static_cast<uint32_t>(column.length) <= rule.chars) {
      return nullptr;
    }
    return std::unique_ptr<ColumnMask>(new ColumnMask(rule, column.length));
  }
  return nullptr;
}

bool ColumnMask::Fits(const Column& column) {
  return !column.array && (column.type == ColumnType::kText || column.type == ColumnType::kEnum);
}

Result<bool> ColumnMask::Check(const MaskRule& rule) {
  if (rule.kind != MaskRule::Kind::kHash && rule.kind != MaskRule::Kind::kHashV2) return true;
  if (Digest(rule.algorithm).method != nullptr) return true;
  return Error{"column.mask.hash: no hash function is called " + rule.algorithm,
               "name one that OpenSSL knows, for example SHA-256"};
}

std::pair<std::string, std::string> ColumnMask::parameter() const {
  if (rule_.kind == MaskRule::Kind::kTruncate) {
    return {"truncateLength", std::to_string(rule_.chars)};
  }
  return {"masked", "true"};
}

std::string_view ColumnMask::Apply(std::string_view text) {
  switch (rule_.kind) {
    case MaskRule::Kind::kStars: return stars_;
    case MaskRule::Kind::kTruncate: return Cut(text, rule_.chars);
    case MaskRule::Kind::kHash: Serialise(text, serialised_); return Hash(serialised_);
    case MaskRule::Kind::kHashV2: return Hash(text);
  }
  return stars_;
}

std::string_view ColumnMask::Hash(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_MD_CTX* const context = digest_->context;
  if (digest_->method == nullptr || EVP_DigestInit_ex2(context, digest_->method, nullptr) != 1 ||
      EVP_DigestUpdate(context, rule_.salt.data(), rule_.salt.size()) != 1 ||
      EVP_DigestUpdate(context, text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context, bytes.data(), &size) != 1) {
    return stars_;
  }
  hash_.clear();
  for (size_t i = 0; i < size; ++i) {
    hash_ += kDigits[bytes[i] >> 4];
    hash_ += kDigits[bytes[i] & 15];
  }
  // A hash is no longer than the column allows.
  return column_length_ > 0 ? Cut(hash_, static_cast<size_t>(column_length_)) : hash_;
}

std::string_view ColumnMask::Cut(std::string_view text, size_t chars) const {
  // Counted as Java counts: a character outside the basic plane is two, and is not cut in half.
  size_t at = 0;
  for (size_t units = 0; at < text.size();) {
    size_t next = at;
    const auto code = static_cast<uint32_t>(NextCharacter(text, next));
    units += code >= 0x10000 && code <= 0x10FFFF ? 2 : 1;
    if (units > chars) break;
    at = next;
  }
  return text.substr(0, at);
}

}  // namespace sluice::debezium
