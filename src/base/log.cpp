#include "base/log.hpp"

#include <algorithm>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/text.hpp"

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

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "xepacketcap", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %-7l %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *instance;
}

bool is_plain(char c) {
    constexpr std::string_view plain = "-._:/@+,%[]{}*";
    return is_alphanumeric(c) || plain.contains(c);
}

}  // namespace

void event(Severity severity, std::string_view id, Fields fields) {
    std::string line(id);
    for (const Field& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        const bool plain = !field.value.empty() && std::ranges::all_of(field.value, is_plain);
        line += plain ? field.value : quoted(field.value);
    }
    logger().log(level_of(severity), "{}", line);
}

void set_level(Severity least) {
    logger().set_level(level_of(least));
}

}  // namespace xpc::base::log
