#include "adapters/webhook/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <optional>

#include "core/model/check.h"

namespace sluice::webhook {
namespace {

constexpr std::string_view kEncodedSecret = "whsec_";

std::string Base64(const unsigned char* bytes, size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0');  // the library ends it with a zero
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<size_t>(length));
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  // The library counts the padding as zeros.
  size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<size_t>(length) - padding);
  return bytes;
}

std::optional<std::string> KeyOf(std::string_view secret) {
  if (!secret.starts_with(kEncodedSecret)) return std::string(secret);
  return FromBase64(secret.substr(kEncodedSecret.size()));
}

}  // namespace

bool IsSecret(std::string_view secret) {
  const std::optional<std::string> key = KeyOf(secret);
  return key && !key->empty();
}

std::string SignatureOf(std::string_view secret, std::string_view id, int64_t seconds,
                        std::string_view body) {
  const std::optional<std::string> key = KeyOf(secret);
  SLUICE_CHECK(key && !key->empty(), "secrets are checked before they are used");
  std::string text(id);
  text.append(1, '.').append(std::to_string(seconds)).append(1, '.').append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const unsigned char* done = HMAC(EVP_sha256(), key->data(), static_cast<int>(key->size()),
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                   digest.data(), &length);
  SLUICE_CHECK(done != nullptr, "libcrypto has SHA-256 and memory");
  return "v1," + Base64(digest.data(), length);
}

}  // namespace sluice::webhook
