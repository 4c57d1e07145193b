#include "sink/s3/profile_files.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "support/scratch_folder.hpp"

namespace xpc::sink::s3 {
namespace {

std::string credentials_file(const std::map<std::string, std::string>& given) {
    return profile_files([&given](const std::string& name) {
               const auto found = given.find(name);
               return found == given.end() ? std::nullopt : std::optional(found->second);
           })
        .credentials;
}

TEST_CASE("a home and variables in the path of a file are replaced") {
    for (const auto& [given, path] :
         {std::pair("", "/home/x/.aws/credentials"), std::pair("~/keys", "/home/x/keys"),
          std::pair("$HOME/keys", "/home/x/keys"), std::pair("${HOME}/k/$NAME", "/home/x/k/n"),
          std::pair("~", "/home/x"), std::pair("/a/~/b", "/a/~/b"), std::pair("~x/b", "~x/b"),
          std::pair("/$UNKNOWN/${UNKNOWN}/${", "/$UNKNOWN/${UNKNOWN}/${"), std::pair("/a$", "/a$"),
          std::pair("$NAME-$NAME", "n-n"), std::pair("$TILDE/b", "/home/x/b")}) {
        CAPTURE(given);
        CHECK(credentials_file({{"AWS_SHARED_CREDENTIALS_FILE", given},
                                {"HOME", "/home/x"},
                                {"NAME", "n"},
                                {"TILDE", "~"}}) == path);
    }
}

TEST_CASE("without HOME it is the home that our user has") {
    for (const std::map<std::string, std::string>& nothing :
         {std::map<std::string, std::string>{}, {{"HOME", ""}}}) {
        const std::string path = credentials_file(nothing);
        CHECK(path.starts_with('/'));
        CHECK(path.ends_with("/.aws/credentials"));
        CHECK(path != "/.aws/credentials");
    }
}

TEST_CASE("what both files say of a profile is put together, and that of credentials goes first") {
    const tests::ScratchFolder folder;
    const KnownProfiles profiles(
        {.credentials = folder.file("credentials", "[a]\nx = 1\n[c]\nx = 4\n").string(),
         .config =
             folder.file("config", "[profile a]\nx = 2\ny = 2\n[profile b]\nx = 3\n").string()});
    CHECK(*profiles.find("a") == Profile{{"x", "1"}, {"y", "2"}});
    CHECK(*profiles.find("b") == Profile{{"x", "3"}});
    CHECK(*profiles.find("c") == Profile{{"x", "4"}});
    CHECK_FALSE(profiles.find("d"));
    CHECK(profiles.in(ProfileFile::config, "a") == Profile{{"x", "2"}, {"y", "2"}});
    CHECK(profiles.in(ProfileFile::config, "c").empty());
}

}  // namespace
}  // namespace xpc::sink::s3
