#include "job/list_query.hpp"

#include <utility>

#include "base/text.hpp"

namespace xpc::job {
namespace {

using base::text;

/// What a SELECT's WHERE is put together from.
class Conditions {
public:
    explicit Conditions(std::string from) : selection_{.sql = std::move(from), .values = {}} {}

    void add(std::string_view condition) {
        selection_.sql += text(is_first_ ? " WHERE " : " AND ", condition);
        is_first_ = false;
    }

    template <typename Value>
    void add(std::string_view condition, Value value) {
        add(condition);
        selection_.values.emplace_back(std::move(value));
    }

    [[nodiscard]] Selection in_order(std::string_view order, std::size_t limit) && {
        selection_.sql += text(" ORDER BY ", order, " LIMIT ?");
        selection_.values.emplace_back(static_cast<std::int64_t>(limit));
        return std::move(selection_);
    }

private:
    Selection selection_;
    bool is_first_ = true;
};

std::int64_t nanoseconds(base::WallTime when) {
    return when.time_since_epoch().count();
}

/// The index jobs_by_position begins with the delivery, and each of the two says what the other
/// must be, but for jobs that have stopped.
void add_position(Conditions& conditions, const ListQuery& query) {
    if (query.state) {
        conditions.add("state = ?", std::string(word(*query.state)));
        if (*query.state != State::stopped) conditions.add("delivery = 'none'");
    }
    if (query.delivery) {
        conditions.add("delivery = ?", std::string(word(*query.delivery)));
        if (*query.delivery != Delivery::none) conditions.add("state = 'stopped'");
    }
}

/// Times are bounds of the sequence too, so that jobs out of them are not even looked at. A clock
/// that was set back makes these bounds wider, not wrong.
void add_times(Conditions& conditions, const ListQuery& query, std::string_view sequence) {
    if (query.created_after) {
        const auto when = nanoseconds(*query.created_after);
        conditions.add(text(sequence,
                            " >= (SELECT min(sequence) FROM jobs INDEXED BY jobs_by_time WHERE "
                            "created_at >= ?)"),
                       when);
        conditions.add("created_at >= ?", when);
    }
    if (query.created_before) {
        const auto when = nanoseconds(*query.created_before);
        conditions.add(text(sequence,
                            " <= (SELECT max(sequence) FROM jobs INDEXED BY jobs_by_time WHERE "
                            "created_at < ?)"),
                       when);
        conditions.add("created_at < ?", when);
    }
}

}  // namespace

Selection selection_of(const ListQuery& query) {
    const std::string sequence = query.interface ? "i.sequence" : "jobs.sequence";
    Conditions conditions(
        query.interface ? " JOIN job_interfaces AS i ON jobs.sequence = i.sequence" : "");
    if (query.interface) conditions.add("i.interface = ?", *query.interface);
    add_position(conditions, query);
    if (query.device) conditions.add("device = ?", *query.device);
    if (query.by) conditions.add("asked_by = ?", *query.by);
    add_times(conditions, query, sequence);
    if (!query.before.empty()) {
        conditions.add(text(sequence, " < (SELECT sequence FROM jobs WHERE id = ?)"), query.before);
    }
    if (query.before_sequence) conditions.add(text(sequence, " < ?"), *query.before_sequence);
    return std::move(conditions).in_order(sequence + " DESC", query.limit);
}

}  // namespace xpc::job
