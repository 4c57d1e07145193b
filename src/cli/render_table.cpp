#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/job.hpp"
#include "cli/printable.hpp"
#include "cli/render.hpp"

namespace xpc::cli {
namespace {

using base::grouped;
using base::text;

struct Column {
    std::string_view title;
    bool numeric = false;   ///< set to the right
    std::size_t least = 0;  ///< columns to which it may be cut; 0: only as a whole
    int rank = 0;           ///< the highest is left out first where there is no room; 0: never
    std::vector<std::string> cells;
    std::size_t width = 0;
};

std::string short_time(const std::string& rfc3339) {
    if (rfc3339.size() < 20 || rfc3339[10] != 'T') return printable(rfc3339);
    return printable(text(rfc3339.substr(0, 10), " ", rfc3339.substr(11, 8)));
}

/// Gives each column the room that its cells need.
void widen(std::vector<Column>& table) {
    for (Column& column : table) {
        column.width = columns(column.title);
        for (const std::string& cell : column.cells)
            column.width = std::max(column.width, columns(cell));
    }
}

std::vector<Column> columns_of(const std::vector<Job>& jobs) {
    std::vector<Column> table{{.title = "NUMBER", .numeric = true},
                              {.title = "STATE"},
                              {.title = "INTERFACE", .least = 9},
                              {.title = "FILTER", .least = 10, .rank = 1},
                              {.title = "DURATION", .numeric = true, .rank = 3},
                              {.title = "PACKETS", .numeric = true},
                              {.title = "LOST", .numeric = true},
                              {.title = "SIZE", .numeric = true, .rank = 2},
                              {.title = "CREATED (UTC)", .rank = 4}};
    for (const Job& job : jobs) {
        const std::array cells{
            std::to_string(job.number),
            phase_of(job),
            printable(base::joined(job.request.interfaces, ", ")),
            filter_text(job.request),
            base::human_duration(job.request.duration),
            grouped(job.counters.captured),
            grouped(job.counters.lost()),
            base::human_bytes(job.counters.bytes),
            short_time(job.created_at),
        };
        auto column = table.begin();
        for (const std::string& cell : cells)
            (column++)->cells.push_back(cell);
    }
    if (std::ranges::any_of(jobs, [](const Job& job) { return !job.waiting.empty(); })) {
        table.push_back({.title = "WAITS FOR", .least = 20, .rank = 1});
        for (const Job& job : jobs)
            table.back().cells.push_back(printable(job.waiting));
    }
    widen(table);
    return table;
}

constexpr std::size_t gap = 2;

std::size_t width_of(const std::vector<Column>& table) {
    std::size_t total = (table.size() - 1) * gap;
    for (const Column& column : table)
        total += column.width;
    return total;
}

/// Cuts what may be cut, and then leaves out whole columns.
void fit(std::vector<Column>& table, std::size_t width) {
    for (;;) {
        std::size_t total = width_of(table);
        for (Column& column : std::views::reverse(table)) {
            if (total <= width) return;
            if (column.least == 0 || column.width <= column.least) continue;
            const std::size_t less = std::min(total - width, column.width - column.least);
            column.width -= less;
            total -= less;
        }
        if (total <= width) return;
        const auto last = std::ranges::max_element(table, {}, &Column::rank);
        if (last->rank == 0) return;
        table.erase(last);
        widen(table);  // what is left may have room again
    }
}

std::string padded(const std::string& cell, const Column& column) {
    const std::string shown = cut(cell, column.width);
    const std::string space(column.width - columns(shown), ' ');
    return column.numeric ? text(space, shown) : text(shown, space);
}

}  // namespace

std::string job_table(const std::vector<Job>& jobs, std::optional<std::size_t> width) {
    std::vector<Column> table = columns_of(jobs);
    if (width) fit(table, *width);
    std::string out;
    for (std::size_t line = 0; line <= jobs.size(); ++line) {
        std::string whole;
        for (const Column& column : table) {
            if (!whole.empty()) whole.append(gap, ' ');
            whole += padded(line == 0 ? std::string(column.title) : column.cells[line - 1], column);
        }
        whole.erase(whole.find_last_not_of(' ') + 1);
        out += whole + "\n";
    }
    return out;
}

}  // namespace xpc::cli
