#include "api/access.hpp"

#include <array>

namespace xpc::api {
namespace {

// tools/check-docs compares it with the routes
constexpr auto table = std::to_array<AccessRow>({
    {"POST", "/pcap_json", Access::original_write},
    {"POST", "/status_json", Access::original_read},
    {"POST", "/api/v1/jobs", Access::jobs_write},
    {"GET", "/api/v1/jobs", Access::jobs_read},
    {"GET", "/api/v1/jobs/{id}", Access::jobs_read},
    {"PATCH", "/api/v1/jobs/{id}", Access::jobs_write},
    {"DELETE", "/api/v1/jobs/{id}", Access::jobs_write},
    {"POST", "/api/v1/jobs/{id}/stop", Access::jobs_write},
    {"GET", "/api/v1/jobs/{id}/file", Access::files_read},
    {"GET", "/api/v1/jobs/{id}/stream", Access::files_read},
    {"GET", "/api/v1/jobs/{id}/transcript", Access::jobs_read},
    {"GET", "/api/v1/jobs/{id}/events", Access::jobs_read},
    {"GET", "/api/v1/events", Access::jobs_read},
    {"GET", "/objects/{bucket}/{key...}", Access::files_read},
    {"POST", "/api/v1/tokens", Access::admin},
    {"GET", "/api/v1/tokens", Access::admin},
    {"GET", "/api/v1/tokens/{id}", Access::admin},
    {"DELETE", "/api/v1/tokens/{id}", Access::admin},
    // what everybody can read in the source
    {"GET", "/openapi.json", Access::open},
    {"GET", "/docs", Access::open},
    {"GET", "/problems/{code}", Access::open},
    {"GET", "/healthz", Access::open},
    // its reasons name devices: it gives them to those alone who have jobs:read
    {"GET", "/readyz", Access::open},
    // it has no more than numbers, but tells who is there: a scraper can send a token
    {"GET", "/metrics", Access::jobs_read},
});

}  // namespace

std::span<const AccessRow> access_table() noexcept {
    return table;
}

std::optional<Access> access_of(std::string_view method, std::string_view path) noexcept {
    for (const AccessRow& row : table) {
        if (row.method == method && row.path == path) return row.access;
    }
    return std::nullopt;
}

std::optional<job::Scope> scope_of(Access access) noexcept {
    switch (access) {
        case Access::open:
            return std::nullopt;
        case Access::jobs_read:
        case Access::original_read:
            return job::Scope::jobs_read;
        case Access::jobs_write:
        case Access::original_write:
            return job::Scope::jobs_write;
        case Access::files_read:
            return job::Scope::files_read;
        case Access::admin:
            return job::Scope::admin;
    }
    return job::Scope::admin;
}

bool is_original(Access access) noexcept {
    return access == Access::original_read || access == Access::original_write;
}

}  // namespace xpc::api
