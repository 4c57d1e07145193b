#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "job/job.hpp"
#include "job/sqlite.hpp"

namespace xpc::job {

// Private to store.cpp: what a new job is given, within the change that stores it.

/// The moment of the last key that was given. More jobs than milliseconds have keys of moments to
/// come, and the next one is looked for behind all of them.
struct LastKey {
    std::string bucket;
    std::string key_template;
    base::WallTime when;
};

/// Errors: those of Store::insert().
[[nodiscard]] base::Result<void> insert_new(Database& database, Job& job, std::size_t most_queued,
                                            LastKey& last);

}  // namespace xpc::job
