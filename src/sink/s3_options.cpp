#include "sink/s3_options.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/parts.hpp"

namespace xpc::sink {
namespace {

using base::Errc;
using base::refuse;
using base::text;

// AWS, "Amazon S3 multipart upload limits"
constexpr std::uint64_t smallest_part = std::uint64_t{5} << 20U;

/// A value and the key or variable that it came from.
struct Sourced {
    std::string value;  ///< empty: given nowhere
    std::string source;
};

Sourced first_of(const std::optional<std::string>& configured, std::string_view key,
                 const Environment& environment, std::initializer_list<const char*> variables) {
    if (configured && !configured->empty()) {
        return {.value = *configured, .source = std::string(key)};
    }
    for (const char* const name : variables) {
        if (auto value = environment(name); value && !value->empty()) {
            return {.value = std::move(*value), .source = name};
        }
    }
    return {.value = {}, .source = std::string(key)};
}

bool has_control_characters(std::string_view value) {
    return std::ranges::any_of(
        value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Of a region's name, which becomes part of a host name and of the signature's scope.
bool is_region(std::string_view region) {
    return std::ranges::all_of(region, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

}  // namespace

base::Result<std::optional<S3Options>> s3_options(const S3Settings& settings,
                                                  const Environment& environment) {
    const auto given = [&environment](const char* variable) {
        return first_of(std::nullopt, variable, environment, {variable});
    };
    const Sourced endpoint = first_of(settings.endpoint, "s3.endpoint", environment,
                                      {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
    const Sourced region =
        first_of(settings.region, "s3.region", environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
    const Sourced ca_file =
        first_of(settings.ca_file, "s3.ca_file", environment, {"AWS_CA_BUNDLE"});
    const Sourced access_key = given("AWS_ACCESS_KEY_ID");
    const Sourced secret_key = given("AWS_SECRET_ACCESS_KEY");
    const Sourced session_token = given("AWS_SESSION_TOKEN");

    for (const auto& one : {access_key, secret_key, session_token, ca_file}) {
        // the value itself may be a secret
        if (has_control_characters(one.value)) {
            return refuse(Errc::config, one.source + ": has control characters", one.source);
        }
    }
    if (!is_region(region.value)) {
        return refuse(Errc::config,
                      text(region.source, ": ", base::quoted(region.value), " is no region"),
                      region.source);
    }
    if (access_key.value.empty() != secret_key.value.empty()) {
        const auto& [missing, present] = access_key.value.empty()
                                             ? std::pair(access_key, secret_key)
                                             : std::pair(secret_key, access_key);
        return refuse(Errc::config,
                      text(missing.source, ": not set, while ", present.source, " is"),
                      missing.source);
    }
    if (access_key.value.empty() && endpoint.value.empty()) return std::nullopt;
    if (access_key.value.empty()) {
        return refuse(Errc::config,
                      text(endpoint.source,
                           ": an endpoint is given, but no credentials "
                           "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"),
                      endpoint.source);
    }

    S3Options options{.access_key = access_key.value,
                      .secret_key = secret_key.value,
                      .session_token = session_token.value};
    if (!endpoint.value.empty()) {
        auto checked = s3::checked_endpoint(endpoint.value);
        if (!checked) {
            return refuse(Errc::config, text(endpoint.source, ": ", checked.error().message),
                          endpoint.source);
        }
        options.endpoint = std::move(*checked);
    }
    if (!region.value.empty()) options.region = region.value;
    options.path_style = settings.path_style.value_or(!options.endpoint.empty());
    options.part_bytes = settings.part_bytes.value_or(options.part_bytes);
    if (options.part_bytes < smallest_part || options.part_bytes > s3::largest_part) {
        return refuse(Errc::config,
                      text("s3.part_size: ", options.part_bytes,
                           " bytes; must be 5 MiB to 5 GiB, the limits of S3"),
                      "s3.part_size");
    }
    options.ca_file = ca_file.value;
    return options;
}

}  // namespace xpc::sink
