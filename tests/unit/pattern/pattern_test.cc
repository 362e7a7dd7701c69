#include "adapters/pattern/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice::pattern {
namespace {

using ::testing::HasSubstr;

bool Matches(const std::string& expression, const std::string& name,
             Pattern::Case letters = Pattern::Case::kIgnores) {
  const auto pattern = Pattern::Make(expression, letters);
  EXPECT_TRUE(pattern) << (pattern ? "" : pattern.error().ToString());
  return pattern && pattern->Matches(name);
}

std::string Refusal(const std::string& expression) {
  const auto pattern = Pattern::Make(expression, Pattern::Case::kIgnores);
  return pattern ? "taken" : pattern.error().ToString();
}

TEST(Pattern, MatchesWhatJavaMatches) {
  const std::vector<std::pair<std::string, std::string>> good = {
      {R"(public\.\Qa$b\E)", "public.a$b"},
      {R"(public\.\Qa.b)", "public.a.b"},
      {R"(public\.[\p{L}]+code)", "public.äößcode"},
      {R"(public\.\pL+)", "public.naïf"},
      {R"(\Apublic\.compk\z)", "public.compk"},
      {"public..n.code", "public.ünïcode"},
      {R"(public\.[ü]nïcode)", "public.ünïcode"},
      {R"(public\.\u00fcnïcode)", "public.ünïcode"},
      {R"(public\.\x{fc}n\xefcode)", "public.ünïcode"},
      {"public.us.r.pw", "public.usér.pw"},
      {R"(public\.(a|ab))", "public.ab"},
      {R"(public\.(?<half>\w+)_\k<half>)", "public.ab_ab"},
      {R"(public\.(?!tmp)[a-z]{2,4}+)", "public.abcd"},
      {R"(public\.[^a-c&]+)", "public.xyz"},
      {R"(public\.[a\[\]\-]+)", "public.[a-]"},
      {R"(PUBLIC\.(?-i)t)", "public.t"},
      {"public.😀", "public.😀"},
  };
  for (const auto& [expression, name] : good) {
    EXPECT_TRUE(Matches(expression, name)) << expression << " and " << name;
  }
}

TEST(Pattern, MatchesWholeNamesOnly) {
  EXPECT_FALSE(Matches("users", "users_old"));
  EXPECT_FALSE(Matches("users", "my_users"));
  EXPECT_FALSE(Matches("a|b", "ab"));
  EXPECT_FALSE(Matches(R"(public\.\Qa.b\E)", "public.axb"));
  EXPECT_FALSE(Matches(R"(\w+)", "ü")) << "ASCII, as in Java";
}

TEST(Pattern, CaseCountsOnlyWhereItIsAskedFor) {
  EXPECT_TRUE(Matches("Users", "uSERS"));
  EXPECT_FALSE(Matches("Users", "uSERS", Pattern::Case::kMinds));
  EXPECT_TRUE(Matches("(?i)Users", "uSERS", Pattern::Case::kMinds));
}

TEST(Pattern, RefusesWhatWouldMeanSomethingElse) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {R"(public\.[a-z&&[^x]]+pk)", "&&"},
      {R"([a-d[m-p]])", "class within a class"},
      {R"([[:alpha:]])", "class within a class"},
      {R"(\p{IsAlphabetic})", R"(\p{IsAlphabetic})"},
      {R"(\p{javaLowerCase}+)", R"(\p{javaLowerCase})"},
      {R"(\p{Lower})", "[a-z]"},
      {R"(\P{InGreek})", R"(\P{InGreek})"},
      {R"(\p{Lu}+)", "case does not matter"},
      {R"(\p{L)", "not ended"},
      {"(?u)a", "(?u"},
      {"(?x)a", "(?x"},
      {"(?R)", "(?R"},
      {"(?P<a>b)", "(?P"},
      {"(*ACCEPT)a", "(*"},
      {R"(a\Kb)", R"(\K)"},
      {R"(a\Nb)", R"(\N)"},
      {R"([\b])", R"(\b within a class)"},
      {R"(\b{g}a)", R"(\b{)"},
      {R"(\012)", "\\01"},
      {R"(a{,3})", "count"},
      {R"(\u12)", "hexadecimal"},
      {"[]a]", "begins with ]"},
      {"a(", "no regular expression"},
      {"*", "no regular expression"},
      {"\xFF", "no regular expression"},
  };
  for (const auto& [expression, why] : bad) {
    EXPECT_THAT(Refusal(expression), HasSubstr(why)) << expression;
  }
}

TEST(Pattern, TheEndOfItsPatienceIsNoAnswer) {
  const auto pattern = Pattern::Make("(a+)+[bc]", Pattern::Case::kIgnores);
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->Matches("aab"));
  EXPECT_THROW(static_cast<void>(pattern->Matches(std::string(60, 'a'))), MatchFailure);
  EXPECT_THROW(static_cast<void>(pattern->ReplaceFirst(std::string(60, 'a'), "x")), MatchFailure);
}

TEST(Pattern, AMalformedNameIsNoAnswer) {
  const auto pattern = Pattern::Make(".*", Pattern::Case::kIgnores);
  EXPECT_THROW(static_cast<void>(pattern->Matches("\xC3")), MatchFailure);
}

TEST(Pattern, ReplacesAsJavaDoes) {
  const auto replaced = [](const std::string& expression, const std::string& replacement) {
    const auto pattern = Pattern::Make(expression, Pattern::Case::kMinds);
    EXPECT_TRUE(pattern->CheckReplacement(replacement)) << replacement;
    return pattern->ReplaceFirst("cdc.public.orders_eu", replacement);
  };
  EXPECT_EQ(replaced(R"(cdc\.public\.(\w+)_(.*))", "$2-$1"), "eu-orders");
  EXPECT_EQ(replaced(R"(cdc\.(?<schema>[^.]+)\.(.*))", "${schema}/$2"), "public/orders_eu");
  EXPECT_EQ(replaced(R"(cdc\.public\.(.*))", "x$12"), "xorders_eu2") << "there is no group 12";
  EXPECT_EQ(replaced(R"(cdc\.public\.(.*)(z)?)", R"(\$$2$0)"), "$cdc.public.orders_eu");
}

TEST(Pattern, AReplacementNamesGroupsThatAreThere) {
  const auto pattern = Pattern::Make("(a)(b)", Pattern::Case::kMinds);
  EXPECT_TRUE(pattern->CheckReplacement("$1$2"));
  for (const std::string bad : {"$3", "${x}", "$", "$x", "a\\", "${1"}) {
    EXPECT_FALSE(pattern->CheckReplacement(bad)) << bad;
  }
}

}  // namespace
}  // namespace sluice::pattern
