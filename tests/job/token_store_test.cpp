#include "job/token_store.hpp"

#include <array>
#include <set>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "job/store.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

Token wanted(std::string name) {
    Token token;
    token.name = std::move(name);
    token.scopes = {Scope::jobs_read, Scope::files_read};
    return token;
}

}  // namespace

TEST_CASE("a token is known by its text, and by nothing that is nearly its text") {
    const tests::ScratchFolder folder;
    TokenStore tokens(folder.path() / "jobs.db");
    const auto made = tokens.create(wanted("bot"));
    const auto found = tokens.find_by_text(made.text);
    REQUIRE(found);
    CHECK(found->id == made.token.id);
    CHECK(found->name == "bot");
    CHECK(found->scopes == std::vector{Scope::jobs_read, Scope::files_read});
    CHECK_FALSE(found->expires_at);
    std::string changed = made.text;
    changed.back() = changed.back() == 'A' ? 'B' : 'A';
    const std::string of_another = tokens.create(wanted("other")).text;
    const auto id_end = of_another.rfind('_', of_another.size() - 43);
    for (const std::string& other :
         {changed, made.text.substr(0, made.text.size() - 1), made.text + "A", std::string(),
          std::string("xpc_"), "xpc_" + made.token.id, "xpc_" + made.token.id + "_",
          made.text.substr(4), of_another.substr(0, id_end) + made.text.substr(id_end)}) {
        CAPTURE(other);
        CHECK_FALSE(tokens.find_by_text(other));
    }
}

TEST_CASE("a token has 256 random bits, and its text is nowhere in the store") {
    const tests::ScratchFolder folder;
    std::set<std::string> secrets;
    {
        TokenStore tokens(folder.path() / "jobs.db");
        for (int i = 0; i < 20; ++i) {
            const auto made = tokens.create(wanted("t"));
            const std::string secret = made.text.substr(std::string("xpc_0123456789ab_").size());
            CHECK(secret.size() == 43);  // of base64url: 32 bytes
            secrets.insert(secret);
        }
    }
    CHECK(secrets.size() == 20);
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
        const std::string content = tests::ScratchFolder::content(file.path());
        for (const std::string& secret : secrets)
            CHECK_FALSE(content.contains(secret));
    }
}

TEST_CASE("scopes, limits and expiry are what they were when the store is opened again") {
    const tests::ScratchFolder folder;
    Token token = wanted("bot");
    token.limits = {.interfaces = {"eth0", "a,b"},
                    .devices = {"local"},
                    .buckets = {"captures"},
                    .duration = 10min,
                    .bytes = 123,
                    .filter = "port 53"};
    token.expires_at = base::wall_now() + 1h;
    std::string text;
    {
        TokenStore tokens(folder.path() / "jobs.db");
        text = tokens.create(token).text;
    }
    TokenStore tokens(folder.path() / "jobs.db");
    const auto found = tokens.find_by_text(text);
    REQUIRE(found);
    CHECK(found->limits == token.limits);
    CHECK(found->expires_at == token.expires_at);
}

TEST_CASE("a revoked token is none any more, for another process too") {
    const tests::ScratchFolder folder;
    TokenStore server(folder.path() / "jobs.db");
    TokenStore command(folder.path() / "jobs.db");
    const auto first = command.create(wanted("first"));
    const auto second = command.create(wanted("second"));
    CHECK(server.find_by_text(first.text));
    CHECK(command.remove(first.token.id));
    CHECK_FALSE(command.remove(first.token.id));
    CHECK_FALSE(server.find_by_text(first.text));
    CHECK_FALSE(server.find(first.token.id));
    REQUIRE(server.list().size() == 1);
    CHECK(server.list().front().name == "second");
    CHECK(server.find(second.token.id));
}

TEST_CASE("whether there are tokens can be asked without making a store") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    CHECK(TokenStore::is_empty(path));
    CHECK_FALSE(std::filesystem::exists(path));
    TokenStore tokens(path);
    CHECK(TokenStore::is_empty(path));
    CHECK(tokens.is_empty());
    const auto made = tokens.create(wanted("t"));
    CHECK_FALSE(TokenStore::is_empty(path));
    CHECK_FALSE(tokens.is_empty());
}

TEST_CASE("admin is all scopes, and each other one only itself") {
    constexpr std::array all{Scope::jobs_read, Scope::jobs_write, Scope::files_read, Scope::admin};
    for (const Scope held : all) {
        CAPTURE(word(held));
        CHECK(scope_from(word(held)) == held);
        for (const Scope scope : all)
            CHECK(allows({held}, scope) == (held == scope || held == Scope::admin));
    }
    CHECK_FALSE(scope_from("jobs"));
    CHECK_FALSE(allows({}, Scope::jobs_read));
}
