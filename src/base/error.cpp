#include "base/error.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace xpc::base {
namespace {

// Exit codes: 0 done, 1 the work failed, 2 usage or configuration, 3 refused by the server,
// 4 no server or store reached, 5 in use or not permitted, 130 interrupted (128 + SIGINT, as shells
// have it).
constexpr auto rows = std::to_array<std::pair<Errc, ErrcTraits>>({
    {Errc::malformed_json, {"malformed_json", 400, 3, Severity::info, false}},
    {Errc::not_an_object, {"not_an_object", 400, 3, Severity::info, false}},
    {Errc::missing_field, {"missing_field", 400, 3, Severity::info, false}},
    {Errc::wrong_type, {"wrong_type", 400, 3, Severity::info, false}},
    {Errc::unknown_field, {"unknown_field", 400, 3, Severity::info, false}},
    {Errc::invalid_value, {"invalid_value", 400, 3, Severity::info, false}},
    {Errc::no_such_interface, {"no_such_interface", 400, 3, Severity::info, false}},
    {Errc::family_mismatch, {"family_mismatch", 400, 3, Severity::info, false}},
    {Errc::unsupported_media_type, {"unsupported_media_type", 415, 3, Severity::info, false}},
    {Errc::body_too_large, {"body_too_large", 413, 3, Severity::info, false}},
    {Errc::malformed_request, {"malformed_request", 400, 3, Severity::info, false}},
    {Errc::not_found, {"not_found", 404, 3, Severity::info, false}},
    {Errc::method_not_allowed, {"method_not_allowed", 405, 3, Severity::info, false}},
    {Errc::range_not_satisfiable, {"range_not_satisfiable", 416, 3, Severity::info, false}},
    {Errc::conflict, {"conflict", 409, 3, Severity::info, false}},
    {Errc::too_many, {"too_many", 429, 3, Severity::warning, true}},
    {Errc::unauthorized, {"unauthorized", 401, 5, Severity::info, false}},
    {Errc::forbidden, {"forbidden", 403, 5, Severity::info, false}},
    {Errc::wrong_host, {"wrong_host", 421, 3, Severity::info, false}},
    {Errc::usage, {"usage", 400, 2, Severity::error, false}},
    {Errc::config, {"config", 500, 2, Severity::error, false}},
    {Errc::in_use, {"in_use", 409, 5, Severity::error, false}},
    {Errc::permission, {"permission", 500, 5, Severity::error, false}},
    {Errc::no_memory, {"no_memory", 503, 1, Severity::error, true}},
    {Errc::no_resources, {"no_resources", 503, 1, Severity::error, true}},
    {Errc::device, {"device", 500, 1, Severity::warning, false}},
    {Errc::device_refused, {"device_refused", 502, 1, Severity::error, false}},
    {Errc::device_unreachable, {"device_unreachable", 502, 4, Severity::warning, true}},
    {Errc::device_lost, {"device_lost", 502, 4, Severity::warning, true}},
    {Errc::device_lines_full, {"device_lines_full", 503, 4, Severity::warning, true}},
    {Errc::device_login, {"device_login", 502, 5, Severity::error, false}},
    {Errc::device_host_key, {"device_host_key", 502, 5, Severity::error, false}},
    {Errc::device_reloaded, {"device_reloaded", 502, 1, Severity::error, false}},
    {Errc::device_flash_full, {"device_flash_full", 507, 1, Severity::error, true}},
    {Errc::device_acl_lost, {"device_acl_lost", 502, 1, Severity::error, false}},
    {Errc::device_file, {"device_file", 502, 1, Severity::error, false}},
    {Errc::device_buffer_full, {"device_buffer_full", 507, 1, Severity::warning, false}},
    {Errc::device_tail_only, {"device_tail_only", 507, 1, Severity::warning, false}},
    {Errc::device_dropped, {"device_dropped", 507, 1, Severity::warning, false}},
    {Errc::not_ready, {"not_ready", 503, 4, Severity::warning, true}},
    {Errc::disk_full, {"disk_full", 507, 1, Severity::error, false}},
    {Errc::io, {"io", 500, 1, Severity::error, false}},
    {Errc::database, {"database", 500, 1, Severity::error, false}},
    {Errc::corrupt, {"corrupt", 500, 1, Severity::error, false}},
    {Errc::store_refused, {"store_refused", 502, 1, Severity::error, false}},
    {Errc::store_unreachable, {"store_unreachable", 502, 4, Severity::error, true}},
    {Errc::store_unresolved, {"store_unresolved", 502, 4, Severity::error, true}},
    {Errc::store_certificate, {"store_certificate", 502, 4, Severity::error, false}},
    {Errc::store_keys, {"store_keys", 502, 1, Severity::error, false}},
    {Errc::store_keys_expired, {"store_keys_expired", 502, 1, Severity::error, true}},
    {Errc::store_clock, {"store_clock", 502, 1, Severity::error, true}},
    {Errc::store_denied, {"store_denied", 502, 1, Severity::error, false}},
    {Errc::store_suspended, {"store_suspended", 502, 1, Severity::error, true}},
    {Errc::store_quota, {"store_quota", 507, 1, Severity::error, true}},
    {Errc::no_such_bucket, {"no_such_bucket", 502, 1, Severity::error, false}},
    {Errc::object_exists, {"object_exists", 409, 1, Severity::error, false}},
    {Errc::server_unreachable, {"server_unreachable", 502, 4, Severity::error, true}},
    {Errc::timeout, {"timeout", 504, 4, Severity::warning, true}},
    {Errc::cancelled, {"cancelled", 503, 1, Severity::info, true}},
    {Errc::interrupted, {"interrupted", 500, 130, Severity::warning, false}},
    {Errc::internal, {"internal", 500, 1, Severity::error, false}},
});

constexpr bool rows_follow_the_enumeration() {
    std::size_t index = 0;
    for (const auto& [errc, _] : rows) {
        if (static_cast<std::size_t>(errc) != index++) return false;
    }
    return index == static_cast<std::size_t>(Errc::internal) + 1;
}

static_assert(rows_follow_the_enumeration());

Errc errc_of_errno(int error_number) {
    switch (error_number) {
        case EACCES:
        case EPERM:
            return Errc::permission;
        case ENOSPC:
        case EDQUOT:
            return Errc::disk_full;
        case ENOMEM:
        case ENOBUFS:
            return Errc::no_memory;
        case EMFILE:
        case ENFILE:
            return Errc::no_resources;
        case ENODEV:
        case ENXIO:
        case ENETDOWN:
            return Errc::device;
        case EADDRINUSE:
            return Errc::in_use;
        default:
            return Errc::io;
    }
}

}  // namespace

const ErrcTraits& traits(Errc errc) noexcept {
    return rows[static_cast<std::size_t>(errc)].second;
}

std::optional<Errc> errc_from_code(std::string_view code) noexcept {
    for (const auto& [errc, row] : rows) {
        if (row.code == code) return errc;
    }
    return std::nullopt;
}

std::vector<std::string_view> error_codes() {
    std::vector<std::string_view> codes;
    codes.reserve(std::size(rows));
    for (const auto& [errc, row] : rows)
        codes.push_back(row.code);
    return codes;
}

Failure Failure::from_errno(const std::string& what, int error_number) {
    return {errc_of_errno(error_number),
            what + ": " + std::generic_category().message(error_number)};
}

Error error_of(const std::exception& caught) {
    if (const auto* const failure = dynamic_cast<const Failure*>(&caught)) return failure->error();
    const auto told = [&caught](Errc errc) {
        return Error{.errc = errc, .message = caught.what(), .field = {}};
    };
    if (const auto* const refused = dynamic_cast<const std::system_error*>(&caught)) {
        const auto condition = refused->code().default_error_condition();
        if (condition.category() != std::generic_category()) return told(Errc::internal);
        // pthread_create(3): of threads there are no more
        if (condition == std::errc::resource_unavailable_try_again) return told(Errc::no_resources);
        return told(errc_of_errno(condition.value()));
    }
    const bool is_memory = dynamic_cast<const std::bad_alloc*>(&caught) != nullptr;
    return told(is_memory ? Errc::no_memory : Errc::internal);
}

}  // namespace xpc::base
