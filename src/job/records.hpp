#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "job/job.hpp"
#include "job/sqlite.hpp"

namespace xpc::job {

// A job as a row of the table `jobs`, and its segments as rows of `segments` (schema.sql).

/// The columns that read_row() reads, in its order, of `jobs AS j LEFT JOIN segments AS s`.
extern const std::string_view job_and_segment_columns;

/// Adds the job of that row, or where it is the last one already, only its segment.
/// Errors: Failure(corrupt) for a word that this program never wrote.
void read_row(const Statement& row, std::vector<Job>& jobs);

void insert_job(Database& database, const Job& job);

/// True when the row was where `from` says.
[[nodiscard]] bool update_job(Database& database, const Job& job, Position from);

/// Adds it, or replaces the one of that number.
void put_segment(Database& database, const std::string& job_id, const Segment& segment);

/// True when there was one.
[[nodiscard]] bool remove_segment(Database& database, const std::string& job_id,
                                  std::uint32_t number);

}  // namespace xpc::job
