#include "job/insertion.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "job/ids.hpp"
#include "job/migration.hpp"
#include "job/object_keys.hpp"
#include "job/records.hpp"

namespace xpc::job {
namespace {

using base::text;

std::int64_t unused_number(Database& database) {
    constexpr int most_tries = 64;
    for (int i = 0; i < most_tries; ++i) {
        const auto number = random_number();
        Statement same = database.prepare("SELECT 1 FROM jobs WHERE number = ?");
        if (!same.bind(number).step()) return number;
    }
    // nearly all numbers are taken: the first gap
    const auto number =
        single_integer(database,
                       "SELECT min(n) FROM (SELECT 100000 AS n UNION SELECT number + 1 FROM jobs) "
                       "WHERE n <= 999999 AND n NOT IN (SELECT number FROM jobs)");
    if (number < smallest_number) {
        throw base::Failure(base::Errc::too_many,
                            "job store: all 900,000 job numbers are in use: delete some jobs");
    }
    return number;
}

/// The job's key of this millisecond, or of the next one that is free.
/// Errors: conflict with field "key", where its template makes the same of every moment.
[[nodiscard]] base::Result<std::string> unused_key(Database& database, const Job& job,
                                                   LastKey& last) {
    constexpr std::chrono::milliseconds step{1};
    const std::string& bucket = job.destination.bucket;
    base::WallTime when = job.created_at;
    constexpr std::chrono::minutes clock_step{10};  // that much ahead is another clock's time
    const bool is_alike = last.bucket == bucket && last.key_template == job.request.key;
    if (is_alike && last.when - when < clock_step) when = std::max(when, last.when + step);
    std::string before;
    for (;; when += step) {
        std::string key = object_key(job, when);
        Statement same = database.prepare(
            "SELECT number FROM jobs WHERE store IN ('embedded', 's3') AND object_bucket = ? "
            "AND object_key = ?");
        if (!same.bind(bucket).bind(key).step()) {
            last = {.bucket = bucket, .key_template = job.request.key, .when = when};
            return key;
        }
        if (key == before) {
            return base::refuse(base::Errc::conflict,
                                text("key ", base::quoted(job.request.key), ": ", base::quoted(key),
                                     " is that of job ", same.integer(0),
                                     ", and no object is written twice: put {job}, {number} or "
                                     "{timestamp} into it"),
                                "key");
        }
        before = std::move(key);
    }
}

/// Whether that many wait. Those that do are counted only where there may be as many: between the
/// oldest of them and the newest job there is room for no more.
bool is_full(Database& database, std::size_t most_queued) {
    const auto at_most = single_integer(
        database,
        "SELECT coalesce((SELECT max(sequence) FROM jobs) + 1 - (SELECT min(sequence) FROM jobs "
        "WHERE delivery = 'none' AND state = 'queued'), 0)");
    if (static_cast<std::size_t>(at_most) < most_queued) return false;
    const auto queued = single_integer(
        database, "SELECT count(*) FROM jobs WHERE delivery = 'none' AND state = 'queued'");
    return static_cast<std::size_t>(queued) >= most_queued;
}

}  // namespace

base::Result<void> insert_new(Database& database, Job& job, std::size_t most_queued,
                              LastKey& last) {
    if (is_full(database, most_queued)) {
        return base::refuse(base::Errc::too_many,
                            text("there are ", most_queued, " jobs waiting already"));
    }
    job.created_at = base::wall_now();
    job.id = make_uuid(job.created_at);
    job.number = unused_number(database);
    auto key = unused_key(database, job, last);
    if (!key) return std::unexpected(std::move(key.error()));
    job.destination.key = std::move(*key);
    job.url += job.destination.key;
    job.position = {};
    insert_job(database, job);
    return {};
}

}  // namespace xpc::job
