#include "api/problem_title.hpp"

namespace xpc::api {

// NOLINTNEXTLINE(readability-function-size): a table, of which the compiler sees what is missing
std::string_view problem_title(base::Errc errc) noexcept {
    switch (errc) {
        using enum base::Errc;
        case malformed_json:
            return "The body is not JSON";
        case not_an_object:
            return "The body is not a JSON object";
        case missing_field:
            return "A member is missing";
        case wrong_type:
            return "A member has another type";
        case unknown_field:
            return "There is no such member or parameter";
        case invalid_value:
            return "A value is not allowed";
        case no_such_interface:
            return "There is no such interface";
        case family_mismatch:
            return "IPv4 and IPv6 in one filter";
        case unsupported_media_type:
            return "The body is of another type";
        case body_too_large:
            return "The body is too large";
        case malformed_request:
            return "The request is malformed";
        case unauthorized:
            return "A token is needed";
        case forbidden:
            return "This is not allowed";
        case wrong_host:
            return "The server has another name";
        case not_found:
            return "There is no such thing";
        case method_not_allowed:
            return "Not by this method";
        case range_not_satisfiable:
            return "The range is not in the file";
        case conflict:
            return "Not in this state";
        case too_many:
            return "There are too many";
        case usage:
            return "The command line is wrong";
        case config:
            return "The configuration is wrong";
        case in_use:
            return "It is in use";
        case permission:
            return "The server lacks a privilege";
        case no_memory:
            return "There is not enough memory";
        case no_resources:
            return "This host has nothing left for it";
        case device:
            return "The device failed";
        case device_refused:
            return "The device refused";
        case device_unreachable:
            return "The device can not be reached";
        case device_lost:
            return "The connection to the device was lost";
        case device_lines_full:
            return "All lines of the device are taken";
        case device_login:
            return "The device refuses the login";
        case device_host_key:
            return "The device has another host key";
        case device_reloaded:
            return "The device has reloaded";
        case device_flash_full:
            return "The flash of the device is full";
        case device_acl_lost:
            return "The device has lost the access list";
        case device_file:
            return "The file of the device is not what it said";
        case device_buffer_full:
            return "The buffer of the device was full";
        case device_tail_only:
            return "The device kept only the last packets";
        case device_dropped:
            return "The device dropped packets";
        case not_ready:
            return "Not ready";
        case disk_full:
            return "The disk is full";
        case io:
            return "Input or output failed";
        case database:
            return "The job store failed";
        case corrupt:
            return "Stored data is damaged";
        case store_refused:
            return "The object store refused";
        case store_unreachable:
            return "The object store can not be reached";
        case store_unresolved:
            return "The name of the object store is not known";
        case store_certificate:
            return "The certificate of the object store is not trusted";
        case store_keys:
            return "There are no keys for the object store";
        case store_keys_expired:
            return "The keys for the object store have expired";
        case store_clock:
            return "The clocks of server and object store differ";
        case store_denied:
            return "The object store denies access";
        case store_suspended:
            return "The account of the object store is suspended";
        case store_quota:
            return "The quota of the object store is used up";
        case no_such_bucket:
            return "There is no such bucket";
        case object_exists:
            return "There is such an object already";
        case server_unreachable:
            return "The server can not be reached";
        case timeout:
            return "It took too long";
        case cancelled:
            return "It was cancelled";
        case interrupted:
            return "It was interrupted";
        case internal:
            return "Internal error";
    }
    return {};  // no Errc
}

}  // namespace xpc::api
