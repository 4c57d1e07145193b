#pragma once

#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xpc::base {

/// What kind of thing went wrong. Each has one row in the table of error.cpp, which is the only
/// place that knows what an HTTP client, a shell and the log make of it.
enum class Errc {
    // answers about data from outside
    malformed_json,
    not_an_object,
    missing_field,
    wrong_type,
    unknown_field,
    invalid_value,
    no_such_interface,
    family_mismatch,
    unsupported_media_type,
    body_too_large,
    malformed_request,
    not_found,
    method_not_allowed,
    range_not_satisfiable,
    conflict,
    too_many,
    unauthorized,
    forbidden,
    wrong_host,
    // a person's command line or configuration
    usage,
    config,
    // work that could not be done
    in_use,
    permission,
    no_memory,
    no_resources,
    device,
    // a device beside this host
    device_refused,
    device_unreachable,
    device_lost,
    device_lines_full,
    device_login,
    device_host_key,
    device_reloaded,
    device_flash_full,
    device_acl_lost,
    device_file,
    device_buffer_full,
    device_tail_only,
    device_dropped,
    not_ready,
    disk_full,
    io,
    database,
    corrupt,
    store_refused,
    store_unreachable,
    store_unresolved,
    store_certificate,
    store_keys,
    store_keys_expired,
    store_clock,
    store_denied,
    store_suspended,
    store_quota,
    no_such_bucket,
    object_exists,
    server_unreachable,
    timeout,
    cancelled,
    interrupted,
    internal,
};

enum class Severity { debug, info, warning, error };

/// How the outside sees an Errc.
struct ErrcTraits {
    std::string_view code;  ///< stable word, in API replies and in job records
    int http_status;
    int exit_code;
    Severity severity;
    bool worth_a_retry;
};

[[nodiscard]] const ErrcTraits& traits(Errc errc) noexcept;

/// The Errc whose `code` is this word, if there is one (records are read back from the job store).
[[nodiscard]] std::optional<Errc> errc_from_code(std::string_view code) noexcept;

/// The `code` of each, in their order.
[[nodiscard]] std::vector<std::string_view> error_codes();

/// A refusal or a failure: `message` names the thing and the cause, and is fit for a person.
struct Error {
    Errc errc{};
    std::string message;
    std::string field;  ///< the member, key or option at fault; empty where there is none
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> refuse(Errc errc, std::string message,
                                                   std::string field = {}) {
    return std::unexpected(
        Error{.errc = errc, .message = std::move(message), .field = std::move(field)});
}

/// Work that could not be done. The one exception class of the program.
class Failure : public std::exception {
public:
    explicit Failure(Error error) : error_(std::move(error)) {}

    Failure(Errc errc, std::string message)
        : Failure(Error{.errc = errc, .message = std::move(message), .field = {}}) {}

    /// `what: strerror(errno)`, with the Errc that the errno stands for.
    [[nodiscard]] static Failure from_errno(const std::string& what, int error_number);

    [[nodiscard]] const Error& error() const noexcept { return error_; }

    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

private:
    Error error_;
};

/// What is told of an exception: a Failure's own error; of the standard library's, what the system
/// refused it, a thread say: no_resources, no_memory, …; internal of all others.
[[nodiscard]] Error error_of(const std::exception& caught);

/// The value, or the refusal as a Failure: for callers to whom a refusal is a fault.
template <typename T>
T value_or_throw(Result<T> result) {
    if (!result) throw Failure(std::move(result.error()));
    return std::move(*result);
}

}  // namespace xpc::base
