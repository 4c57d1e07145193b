#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "job/sqlite.hpp"

namespace xpc::job {

/// The name that a client gives to something it asks for, so that it may ask again, when an answer
/// was lost, without getting a second job (draft-ietf-httpapi-idempotency-key-header).
struct IdempotencyKey {
    std::string client;  ///< each has keys of its own
    std::string key;
    std::string fingerprint;  ///< of what is asked for
};

/// How long a key is known, at least as long as there are fewer than most_keys.
inline constexpr std::chrono::hours key_lifetime{24};
inline constexpr std::int64_t most_keys = 100'000;

/// What refusals on account of a key have as their field.
inline constexpr std::string_view key_field = "Idempotency-Key";

struct KnownKey {
    std::string job_id;    ///< which may be no more
    bool is_same = false;  ///< what is asked for now is what was asked for then
};

[[nodiscard]] std::optional<KnownKey> find_key(Database& database, const IdempotencyKey& key,
                                               base::WallTime now);

/// Notes that the job is the key's, and forgets keys that are too old, or too many.
void keep_key(Database& database, const IdempotencyKey& key, const std::string& job_id,
              base::WallTime now);

}  // namespace xpc::job
