#include "sink/s3/key_ring.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

using namespace std::chrono_literals;

/// Answers as it is told to, and counts.
class Scripted final : public KeySource {
public:
    struct Script {
        std::chrono::seconds lifetime{3600};
        std::optional<base::Errc> fails_with;
        std::atomic<int> asked = 0;
    };

    explicit Scripted(Script& script) : script_(script) {}

    [[nodiscard]] Keys fetch(const base::Stop& /*stop*/, base::Deadline /*deadline*/) override {
        const int number = ++script_.asked;
        if (script_.fails_with) throw base::Failure(*script_.fails_with, "script: away");
        return {.credentials = {.access_key = std::to_string(number),
                                .secret_key = "S",
                                .session_token = {}},
                .expires = base::wall_now() + script_.lifetime};
    }

    [[nodiscard]] std::string name() const override { return "script"; }

private:
    Script& script_;
};

TEST_CASE("keys are kept while they are fresh, and asked for again when a store refuses them") {
    Scripted::Script script;
    KeyRing ring(std::make_unique<Scripted>(script));
    const auto current = [&ring] { return ring.current(base::Stop(), base::in(5s)); };
    CHECK(current().access_key == "1");
    CHECK(current().access_key == "1");
    ring.reject({.access_key = "of long ago", .secret_key = {}, .session_token = {}});
    CHECK(current().access_key == "1");
    ring.reject(current());
    CHECK(current().access_key == "2");
}

TEST_CASE("keys that are about to expire are renewed, or used while they are good") {
    Scripted::Script script{.lifetime = 60s};
    KeyRing ring(std::make_unique<Scripted>(script));
    const auto current = [&ring] { return ring.current(base::Stop(), base::in(5s)); };
    CHECK(current().access_key == "1");
    CHECK(current().access_key == "1");  // asked just now: not again for each request
    script.fails_with = base::Errc::store_unreachable;
    CHECK(current().access_key == "1");
    ring.reject(current());
    CHECK_THROWS_AS(static_cast<void>(current()), base::Failure);
    script.fails_with.reset();
    CHECK(current().access_key == "3");
}

TEST_CASE("many threads that need keys at once ask once") {
    Scripted::Script script;
    KeyRing ring(std::make_unique<Scripted>(script));
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back(
                [&ring] { CHECK(ring.current(base::Stop(), base::in(5s)).access_key == "1"); });
        }
    }
    CHECK(script.asked == 1);
}

TEST_CASE("what a source says is waited for, whatever it is, and it is asked again") {
    struct Row {
        base::Errc said;
        base::Errc told;
    };

    using enum base::Errc;
    const Row rows[] = {
        {io, store_keys_expired},
        {config, store_keys_expired},
        {permission, store_keys_expired},
        {store_refused, store_keys_expired},
        {store_denied, store_keys_expired},
        {store_keys, store_keys_expired},
        {store_certificate, store_keys_expired},
        {store_unreachable, store_unreachable},
        {timeout, timeout},
        {cancelled, cancelled},
    };
    for (const Row& row : rows) {
        CAPTURE(base::traits(row.said).code);
        Scripted::Script script{.fails_with = row.said};
        KeyRing ring(std::make_unique<Scripted>(script));
        try {
            static_cast<void>(ring.current(base::Stop(), base::in(5s)));
            FAIL("it has keys");
        } catch (const base::Failure& failed) {
            CHECK(failed.error().errc == row.told);
            CHECK(failed.error().message == "script: away");
            CHECK(base::traits(failed.error().errc).worth_a_retry);
        }
        script.fails_with.reset();
        CHECK(ring.current(base::Stop(), base::in(5s)).access_key == "2");
    }
}

TEST_CASE("keys that have expired when they come are waited for") {
    Scripted::Script script{.lifetime = -1s};
    KeyRing ring(std::make_unique<Scripted>(script));
    try {
        static_cast<void>(ring.current(base::Stop(), base::in(5s)));
        FAIL("it has keys");
    } catch (const base::Failure& failed) {
        CHECK(failed.error().errc == base::Errc::store_keys_expired);
        CHECK(failed.error().message == "script: the keys that it gives have expired");
    }
    script.lifetime = 1h;
    CHECK(ring.current(base::Stop(), base::in(5s)).access_key == "2");
}

}  // namespace
}  // namespace xpc::sink::s3
