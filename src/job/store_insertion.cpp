// Jobs that are new.

#include <cstddef>
#include <memory>
#include <utility>

#include "job/insertion.hpp"
#include "job/store.hpp"

namespace xpc::job {

using base::Outcome;
using base::Result;

/// A job on its way into the store. Of one thread at a time: who asks, then the writer.
struct Store::Insertion {
    Job job;
    std::size_t url_length = 0;  ///< of what the key is put behind
    std::size_t most_queued = 0;
    std::optional<IdempotencyKey> key;
    Result<void> taken;
    Inserted inserted;
};

void Store::insert(Job job, std::size_t most_queued, std::optional<IdempotencyKey> key,
                   Inserted inserted) {
    const auto place = place_for_one();
    const std::size_t url_length = job.url.size();
    // shared by the two halves of a change
    const auto insertion = std::make_shared<Insertion>(Insertion{.job = std::move(job),
                                                                 .url_length = url_length,
                                                                 .most_queued = most_queued,
                                                                 .key = std::move(key),
                                                                 .taken = {},
                                                                 .inserted = std::move(inserted)});
    push({.make = [this, insertion](Database& database) { return insert(database, *insertion); },
          .committed =
              [this, insertion, place](Outcome<bool> committed) {
                  insertion->inserted(outcome_of(*insertion, std::move(committed)));
              }});
}

/// Given back with its last copy.
std::shared_ptr<void> Store::place_for_one() {
    const std::shared_ptr<void> place(nullptr, [this](std::nullptr_t) { --insertions_; });
    if (++insertions_ > most_insertions) {
        throw base::Failure(base::Errc::too_many, "job store: too many jobs wait for the disk");
    }
    return place;
}

bool Store::insert(Database& database, Insertion& insertion) {
    const auto& key = insertion.key;
    if (key && find_key(database, *key, base::wall_now())) return false;
    insertion.job.url.resize(insertion.url_length);  // it may be the second time
    insertion.taken = insert_new(database, insertion.job, insertion.most_queued, last_key_);
    if (!insertion.taken) return false;
    if (key) keep_key(database, *key, insertion.job.id, insertion.job.created_at);
    return true;
}

Outcome<Result<Submitted>> Store::outcome_of(Insertion& insertion, Outcome<bool> committed) {
    try {
        if (committed.take()) {
            announce(insertion.job);
            return Result<Submitted>(Submitted{.job = std::move(insertion.job)});
        }
        if (!insertion.taken) {
            return Result<Submitted>(std::unexpected(std::move(insertion.taken.error())));
        }
        return repeated(*insertion.key)
            .value_or(base::refuse(base::Errc::conflict, "the key has just expired"));
    } catch (const base::Failure&) {  // who asked gets it
        return Outcome<Result<Submitted>>::failed(std::current_exception());
    }
}

}  // namespace xpc::job
