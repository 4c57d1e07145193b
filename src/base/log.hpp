#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"

namespace xpc::base::log {

/// One `name=value` of an event; names are of a-z, 0-9 and "_", and
/// not time, level or event. The value is escaped as each format
/// asks for, so text from outside can not forge a line.
struct Field {
    std::string_view name;
    std::variant<std::string, std::int64_t, std::uint64_t> value;

    Field(std::string_view name_, std::string value_) : name(name_), value(std::move(value_)) {}

    Field(std::string_view name_, std::string_view value_)
        : name(name_), value(std::string(value_)) {}

    Field(std::string_view name_, const char* value_) : name(name_), value(std::string(value_)) {}

    template <std::signed_integral T>
    Field(std::string_view name_, T number) : name(name_), value(std::int64_t{number}) {}

    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view name_, T number) : name(name_), value(std::uint64_t{number}) {}
};

using Fields = std::initializer_list<Field>;

/// How events are written.
enum class Format {
    text,     ///< a line on standard error: time, level, id, fields
    json,     ///< a line on standard error that is a JSON object
    journald  ///< an entry of systemd's journal with its fields; what that does not take: as text
};

/// One event. Every id has a paragraph in docs/messages.md. Secrets and packet bytes are never
/// logged.
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

/// Default: text. Errors: Failure, where there is no journal to write to.
/// Threads: before any other is started.
void set_format(Format format);

/// What is best for standard error: journald where that leads to the journal, which systemd says by
/// the variable JOURNAL_STREAM; else text.
[[nodiscard]] Format usual_format(std::string_view journal_stream);

}  // namespace xpc::base::log
