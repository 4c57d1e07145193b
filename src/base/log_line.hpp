#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace xpc::base::log {

/// `id name=value name="other value"`. A value is cut after 120 bytes.
[[nodiscard]] std::string text_line(std::string_view id, Fields fields);

/// `{"time":…,"level":…,"event":…,name:value}`, in ASCII. Numbers are numbers, text is a string; a
/// value that is no UTF-8 is an array of its bytes, as journalctl writes it.
[[nodiscard]] std::string json_line(WallTime when, Severity severity, std::string_view id,
                                    Fields fields);

/// What journald takes by its socket: MESSAGE (the line of text), PRIORITY, SYSLOG_IDENTIFIER,
/// XPC_EVENT, and XPC_NAME for each field. Source: systemd, "Native Journal Protocol".
[[nodiscard]] std::string journal_entry(Severity severity, std::string_view id, Fields fields);

}  // namespace xpc::base::log
