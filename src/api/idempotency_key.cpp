#include "api/idempotency_key.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

/// What is between the quotes (RFC 8941, 3.3.3); nothing where they are not as they should be.
std::optional<std::string> unquoted(std::string_view raw) {
    if (!raw.starts_with('"')) return std::string(raw);
    std::string inside;
    for (std::size_t i = 1; i < raw.size(); ++i) {
        if (raw[i] == '"') return i + 1 == raw.size() ? std::optional(inside) : std::nullopt;
        if (raw[i] == '\\') ++i;
        if (i == raw.size()) return std::nullopt;
        inside += raw[i];
    }
    return std::nullopt;
}

}  // namespace

base::Result<std::optional<job::IdempotencyKey>> idempotency_key(const Request& request) {
    constexpr std::size_t longest = 255;
    const auto header = request.headers.find("idempotency-key");
    if (header == request.headers.end()) return std::nullopt;
    auto key = unquoted(base::trimmed(header->second));
    const bool is_good = key && !key->empty() && key->size() <= longest &&
                         std::ranges::all_of(*key, [](char c) { return c >= ' ' && c <= '~'; });
    if (!is_good) {
        return base::refuse(
            base::Errc::invalid_value,
            base::text("Idempotency-Key ", base::quoted(header->second), ": must be 1 to ", longest,
                       " printable characters of ASCII, in quotes"),
            std::string(job::key_field));
    }
    return job::IdempotencyKey{.client = request.caller.id,
                               .key = std::move(*key),
                               .fingerprint = base::hex(base::sha256(request.body))};
}

}  // namespace xpc::api
