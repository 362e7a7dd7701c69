#include "adapters/webhook/endpoint_url.h"

#include <gtest/gtest.h>

namespace sluice::webhook {
namespace {

TEST(EndpointUrl, IsOneThatRequestsCanBeSentTo) {
  for (const char* good : {"http://127.0.0.1:8080/x", "https://api.example.com", "HTTP://H/x?q=1",
                           "https://user:secret@[::1]:443/hooks"})
    EXPECT_TRUE(CheckUrl(good)) << good;
  for (const char* bad : {"", "http://", "http://h:99999/x", "http://h h/x", "ftp://h/x", "h/x",
                          "https://h/x#part", "http://h:port/"})
    EXPECT_FALSE(CheckUrl(bad)) << bad;
}

TEST(EndpointUrl, ItsErrorDoesNotRepeatIt) {
  const Status status = CheckUrl("ftp://h/token-of-ours");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().ToString().find("token-of-ours"), std::string::npos);
}

}  // namespace
}  // namespace sluice::webhook
