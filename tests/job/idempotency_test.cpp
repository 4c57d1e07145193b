#include "job/idempotency.hpp"

#include <string>

#include <doctest/doctest.h>

#include "job/migration.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

struct Bench {
    tests::ScratchFolder folder;
    Database database{folder.path() / "jobs.db", Database::Mode::read_write};
    base::WallTime now = base::wall_now();

    Bench() { set_up_schema(database, folder.path() / "jobs.db"); }

    void keep(const std::string& key, const std::string& job) {
        keep_key(database, {.client = "", .key = key, .fingerprint = "f"}, job, now);
    }

    [[nodiscard]] std::string job_of(const std::string& key, const std::string& client = "") {
        const auto known =
            find_key(database, {.client = client, .key = key, .fingerprint = "f"}, now);
        return known ? known->job_id : "";
    }
};

}  // namespace

TEST_CASE("a key is known with its job, and whether the same was asked for") {
    Bench bench;
    bench.keep("k", "job 1");
    CHECK(bench.job_of("k") == "job 1");
    CHECK(bench.job_of("K").empty());
    CHECK(bench.job_of("k", "somebody else").empty());
    const auto other =
        find_key(bench.database, {.client = "", .key = "k", .fingerprint = "g"}, bench.now);
    REQUIRE(other);
    CHECK_FALSE(other->is_same);
}

TEST_CASE("a key is known for a day, and can then be used again") {
    Bench bench;
    bench.keep("k", "job 1");
    bench.now += 24h - 1s;
    CHECK(bench.job_of("k") == "job 1");
    bench.now += 2s;
    CHECK(bench.job_of("k").empty());
    bench.keep("k", "job 2");
    CHECK(bench.job_of("k") == "job 2");
}

TEST_CASE("keys that are too old, or too many, do not stay in the store") {
    Bench bench;
    for (int i = 0; i < 20; ++i)
        bench.keep("old " + std::to_string(i), "job");
    bench.now += 25h;
    for (int i = 0; i < 5; ++i)
        bench.keep("new " + std::to_string(i), "job");
    CHECK(single_integer(bench.database, "SELECT count(*) FROM idempotency_keys") == 5);

    // as if there had been so many between
    bench.database.execute(
        "UPDATE idempotency_keys SET sequence = sequence + 200000 WHERE key = 'new 4'");
    bench.keep("last", "job");
    CHECK(bench.job_of("new 0").empty());
    CHECK(bench.job_of("new 4") == "job");
    CHECK(bench.job_of("last") == "job");
}
