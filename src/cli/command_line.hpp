#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/error.hpp"

namespace xpc::cli {

/// The value of an environment variable, where it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

inline constexpr const char* default_server = "http://127.0.0.1:5000";
inline constexpr const char* standard_output = "-";

/// Run the server.
struct Serve {
    std::optional<std::string> config_file;
    std::optional<std::string> listen;
    std::optional<std::string> data_dir;
    bool check_config = false;  ///< read and check the configuration, then end
};

/// Ask for a capture and follow it. What is not given is left to the server's defaults.
struct Capture {
    std::string interface;
    std::optional<std::string> proto;
    std::optional<std::string> src;
    std::optional<std::string> dst;
    std::optional<std::string> duration;  ///< as base::parse_duration reads it
    std::optional<std::string> bucket;
    bool bidirectional = true;
    std::optional<std::string> output_file;  ///< or standard_output
    bool overwrite = false;
    bool json = false;
    std::string server;
};

struct List {
    std::optional<unsigned> limit;
    std::optional<std::string> state;
    std::optional<std::string> delivery;
    bool json = false;
    std::string server;
};

struct Show {
    std::string id;  ///< a number or a UUID: hex digits and dashes only
    bool json = false;
    std::string server;
};

struct StopJob {
    std::string id;
    bool json = false;
    std::string server;
};

struct DeleteJob {
    std::string id;
    std::string server;
};

/// Nothing to do but to print: help, or the version.
struct Text {
    std::string text;
    int exit_code = 0;  ///< other than 0: for standard error
};

using Invocation = std::variant<Text, Serve, Capture, List, Show, StopJob, DeleteJob>;

/// What a person asked for. `server` is set in every command that has one: from --server, else from
/// XEPACKETCAP_SERVER, else the default; without a slash at its end.
/// Errors: usage, with a message that names the option, and the option in `field` where CLI11
/// tells.
[[nodiscard]] base::Result<Invocation> parse(int argc, const char* const* argv,
                                             const Environment& environment);

}  // namespace xpc::cli
