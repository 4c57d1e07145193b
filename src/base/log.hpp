#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace xpc::base::log {

/// One `name=value` of an event. The value is escaped when it is written, so text from outside can
/// not forge a line.
struct Field {
    std::string_view name;
    std::string value;

    Field(std::string_view name_, std::string value_) : name(name_), value(std::move(value_)) {}

    Field(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}

    Field(std::string_view name_, const char* value_) : name(name_), value(value_) {}

    template <std::integral T>
    Field(std::string_view name_, T number) : name(name_), value(std::to_string(number)) {}
};

using Fields = std::initializer_list<Field>;

/// One line on standard error: time, level, id, fields. Every id has a paragraph in
/// docs/messages.md. Secrets and packet bytes are never logged.
/// Threads: any.
void event(Severity severity, std::string_view id, Fields fields);

inline void debug(std::string_view id, Fields fields = {}) {
    event(Severity::debug, id, fields);
}

inline void info(std::string_view id, Fields fields = {}) {
    event(Severity::info, id, fields);
}

inline void warning(std::string_view id, Fields fields = {}) {
    event(Severity::warning, id, fields);
}

inline void error(std::string_view id, Fields fields = {}) {
    event(Severity::error, id, fields);
}

/// Events below `least` are not written. Default: info.
void set_level(Severity least);

}  // namespace xpc::base::log
