#pragma once

#include <string>

namespace xpc::cli {

// Why a value is refused, as a sentence that follows the option's name; empty where it is fine.

/// Of a server's URL: only scheme, host and port, and at most one slash at the end.
[[nodiscard]] std::string refusal_of_server(const std::string& url);

[[nodiscard]] std::string refusal_of_duration(const std::string& raw);

[[nodiscard]] std::string refusal_of_count(const std::string& raw);

[[nodiscard]] std::string refusal_of_size(const std::string& raw);

/// Of a job's number or UUID. What passes can stand in a path as it is, and is not empty: an empty
/// one would ask for the list.
[[nodiscard]] std::string refusal_of_id(const std::string& raw);

/// Of NAME=VALUE; the value may be empty.
[[nodiscard]] std::string refusal_of_label(const std::string& raw);

[[nodiscard]] std::string refusal_of_empty(const std::string& raw);

}  // namespace xpc::cli
