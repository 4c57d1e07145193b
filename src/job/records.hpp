#pragma once

#include <string_view>

#include "job/job.hpp"
#include "job/sqlite.hpp"

namespace xpc::job {

// A job as a row of the table `jobs` (schema.sql).

/// The columns that read_job() reads, in its order.
extern const std::string_view job_columns;

/// Errors: Failure(corrupt) for a word that this program never wrote.
[[nodiscard]] Job read_job(const Statement& row);

void insert_job(Database& database, const Job& job);

/// True when the row was where `from` says.
[[nodiscard]] bool update_job(Database& database, const Job& job, Position from);

}  // namespace xpc::job
