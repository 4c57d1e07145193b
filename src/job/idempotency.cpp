#include "job/idempotency.hpp"

namespace xpc::job {
namespace {

std::int64_t oldest_known(base::WallTime now) {
    return (now - key_lifetime).time_since_epoch().count();
}

}  // namespace

std::optional<KnownKey> find_key(Database& database, const IdempotencyKey& key,
                                 base::WallTime now) {
    Statement found = database.prepare(
        "SELECT job, fingerprint FROM idempotency_keys WHERE client = ? AND key = ? AND "
        "created_at > ?");
    found.bind(key.client).bind(key.key).bind(oldest_known(now));
    if (!found.step()) return std::nullopt;
    return KnownKey{.job_id = found.text(0), .is_same = found.text(1) == key.fingerprint};
}

void keep_key(Database& database, const IdempotencyKey& key, const std::string& job_id,
              base::WallTime now) {
    database
        .prepare(
            "INSERT OR REPLACE INTO idempotency_keys (client, key, fingerprint, job, created_at) "
            "VALUES (?, ?, ?, ?, ?)")
        .bind(key.client)
        .bind(key.key)
        .bind(key.fingerprint)
        .bind(job_id)
        .bind(now.time_since_epoch().count())
        .run();
    // The oldest have the smallest numbers: a few are looked at each time, more than one comes.
    database
        .prepare(
            "DELETE FROM idempotency_keys WHERE sequence IN (SELECT sequence FROM "
            "idempotency_keys ORDER BY sequence LIMIT 8) AND (created_at <= ? OR sequence <= "
            "(SELECT max(sequence) FROM idempotency_keys) - ?)")
        .bind(oldest_known(now))
        .bind(most_keys)
        .run();
}

}  // namespace xpc::job
