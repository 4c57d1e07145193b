#include "base/log.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/journal.hpp"
#include "base/log_line.hpp"

namespace xpc::base::log {
namespace {

spdlog::level::level_enum level_of(Severity severity) {
    switch (severity) {
        case Severity::debug:
            return spdlog::level::debug;
        case Severity::info:
            return spdlog::level::info;
        case Severity::warning:
            return spdlog::level::warn;
        case Severity::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

/// What each event has of its own, as JSON names it.
bool is_reserved(std::string_view name) {
    return name == "time" || name == "level" || name == "event";
}

/// Of the process; what is not atomic in it is set before there are threads.
struct Output {
    spdlog::logger lines{"xepacketcap", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    Format format = Format::text;
    std::optional<Journal> journal;

    Output() {
        lines.flush_on(spdlog::level::debug);
        set_pattern();
    }

    void set_pattern() {
        lines.set_pattern(format == Format::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%fZ %-7l %v",
                          spdlog::pattern_time_type::utc);
    }
};

Output& output() {
    static Output instance;
    return instance;
}

}  // namespace

void event(Severity severity, std::string_view id, Fields fields) {
    assert(std::ranges::none_of(fields, is_reserved, &Field::name));
    Output& out = output();
    const auto level = level_of(severity);
    if (!out.lines.should_log(level)) return;
    if (out.format == Format::json) {
        out.lines.log(level, "{}", json_line(wall_now(), severity, id, fields));
    } else if (!out.journal || !out.journal->send(journal_entry(severity, id, fields))) {
        out.lines.log(level, "{}", text_line(id, fields));
    }
}

void set_level(Severity least) {
    output().lines.set_level(level_of(least));
}

void set_format(Format format) {
    Output& out = output();
    out.journal.reset();
    if (format == Format::journald) out.journal.emplace();
    out.format = format;
    out.set_pattern();
}

Format usual_format(std::string_view journal_stream) {
    if (!is_journal_stream(Fd::borrow(STDERR_FILENO), journal_stream)) return Format::text;
    try {
        const Journal reachable;
        return Format::journald;
    } catch (const Failure&) {  // lines get there all the same
        return Format::text;
    }
}

}  // namespace xpc::base::log
