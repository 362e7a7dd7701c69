#include "adapters/webhook/endpoint_url.h"

#include <curl/curl.h>

#include <memory>

namespace sluice::webhook {
namespace {

struct Cleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return {};
  const std::unique_ptr<char, Cleanup> owner(text);
  return text;
}

}  // namespace

Status CheckUrl(const std::string& url) {
  constexpr const char* kCure = "as https://api.example.com/hooks/packages";
  const std::unique_ptr<CURLU, Cleanup> parsed(curl_url());
  if (parsed == nullptr) return Error{"there is no memory to read the URL in", kCure};
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (code != CURLUE_OK) return Error{std::string("no URL: ") + curl_url_strerror(code), kCure};
  const std::string scheme = PartOf(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return Error{"its scheme is " + scheme + ", expected http or https", kCure};
  if (PartOf(parsed.get(), CURLUPART_HOST).empty()) return Error{"it has no host", kCure};
  if (!PartOf(parsed.get(), CURLUPART_FRAGMENT).empty())
    return Error{"what stands behind # is never sent", "leave it out"};
  return {};
}

}  // namespace sluice::webhook
