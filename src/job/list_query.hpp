#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "job/lifecycle.hpp"

namespace xpc::job {

/// Which jobs a list is to have: those for which all of this holds.
struct ListQuery {
    std::size_t limit = 100;
    std::optional<State> state;
    std::optional<Delivery> delivery;
    std::optional<std::string> device;
    std::optional<std::string> interface;  ///< one of the job's
    std::optional<std::string> by;
    std::optional<base::WallTime> created_after;   ///< or in this moment
    std::optional<base::WallTime> created_before;  ///< and not in this moment
    std::string before;                            ///< an id: only jobs older than that one
    std::optional<std::int64_t> before_sequence;   ///< likewise; the job need not be there any more
};

/// What follows "SELECT jobs.* FROM jobs", and what its parameters are, in their order.
struct Selection {
    std::string sql;
    std::vector<std::variant<std::int64_t, std::string>> values;
};

/// Newest first, by an index of the table whatever is asked for: what it reads is about what it
/// shows, unless several wishes hold for many jobs each, and together for few.
[[nodiscard]] Selection selection_of(const ListQuery& query);

}  // namespace xpc::job
