#include "sink/s3_options.hpp"

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/text.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/key_ring.hpp"
#include "sink/s3/key_source.hpp"
#include "sink/s3/parts.hpp"

namespace xpc::sink {
namespace {

using base::Errc;
using base::refuse;
using base::text;

// AWS, "Amazon S3 multipart upload limits"

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

struct Given {
    Sourced endpoint;
    Sourced region;
    Sourced ca_file;
    Sourced access_key;
    Sourced secret_key;
    Sourced session_token;
    Sourced checksums;
};

Given gathered(const S3Settings& settings, const Environment& environment) {
    const auto variable = [&environment](const char* name) {
        return first_of(std::nullopt, name, environment, {name});
    };
    return {.endpoint = first_of(settings.endpoint, "s3.endpoint", environment,
                                 {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}),
            .region = first_of(settings.region, "s3.region", environment,
                               {"AWS_REGION", "AWS_DEFAULT_REGION"}),
            .ca_file = first_of(settings.ca_file, "s3.ca_file", environment, {"AWS_CA_BUNDLE"}),
            .access_key = variable("AWS_ACCESS_KEY_ID"),
            .secret_key = variable("AWS_SECRET_ACCESS_KEY"),
            .session_token = variable("AWS_SESSION_TOKEN"),
            .checksums = variable("AWS_REQUEST_CHECKSUM_CALCULATION")};
}

/// What is wrong with the values, each by itself and with each other.
std::optional<base::Error> fault_of(const Given& given) {
    const auto fault = [](const Sourced& at, std::string_view why) {
        return base::Error{
            .errc = Errc::config, .message = text(at.source, ": ", why), .field = at.source};
    };
    for (const auto* const one :
         {&given.access_key, &given.secret_key, &given.session_token, &given.ca_file}) {
        // not shown: it may be a secret
        if (has_control_characters(one->value)) return fault(*one, "has control characters");
    }
    if (!given.region.value.empty() && !s3::is_region(given.region.value)) {
        return fault(given.region, base::quoted(given.region.value) + " is no region");
    }
    const bool has_access_key = !given.access_key.value.empty();
    const bool has_secret_key = !given.secret_key.value.empty();
    if (has_access_key && !has_secret_key) {
        return fault(given.secret_key, "not set, while AWS_ACCESS_KEY_ID is");
    }
    if (has_secret_key && !has_access_key) {
        return fault(given.access_key, "not set, while AWS_SECRET_ACCESS_KEY is");
    }
    return std::nullopt;
}

}  // namespace

base::Result<std::optional<S3Options>> s3_options(const S3Settings& settings,
                                                  const Environment& environment) {
    const Given given = gathered(settings, environment);
    if (auto fault = fault_of(given)) return std::unexpected(std::move(*fault));
    S3Options options;
    if (!given.region.value.empty()) options.region = given.region.value;
    // A machine's own role is asked for only where the configuration says that S3 is meant: without
    // that a host in the cloud would have no embedded store.
    auto source = s3::key_source(environment, {.region = options.region,
                                               .ca_file = given.ca_file.value,
                                               .may_ask_instance = settings.region.has_value()});
    if (!source) return std::unexpected(std::move(source.error()));
    if (!*source && !given.endpoint.value.empty()) {
        return refuse(Errc::config,
                      text(given.endpoint.source,
                           ": an endpoint is given, but no credentials (AWS_ACCESS_KEY_ID and "
                           "AWS_SECRET_ACCESS_KEY, a profile in ~/.aws, or another source)"),
                      given.endpoint.source);
    }
    if (!*source) return std::nullopt;
    options.keys = std::make_shared<s3::KeyRing>(std::move(*source));
    if (!given.endpoint.value.empty()) {
        auto checked = s3::checked_endpoint(given.endpoint.value);
        if (!checked) {
            return refuse(Errc::config, text(given.endpoint.source, ": ", checked.error().message),
                          given.endpoint.source);
        }
        options.endpoint = std::move(*checked);
    }
    const std::string checksums = base::lower(given.checksums.value);
    if (!checksums.empty() && checksums != "when_supported" && checksums != "when_required") {
        return refuse(Errc::config,
                      text(given.checksums.source, ": ", base::quoted(given.checksums.value),
                           "; must be when_supported or when_required"),
                      given.checksums.source);
    }
    // what an SDK takes to be supported is what AWS supports
    options.checksums =
        checksums.empty() ? options.endpoint.empty() : checksums == "when_supported";
    options.path_style = settings.path_style.value_or(!options.endpoint.empty());
    options.counter_tags = settings.counter_tags;
    options.part_bytes = settings.part_bytes;
    if (options.part_bytes &&
        (*options.part_bytes < s3::smallest_part || *options.part_bytes > s3::largest_part)) {
        return refuse(Errc::config,
                      text("s3.part_size: ", *options.part_bytes,
                           " bytes; must be 5 MiB to 5 GiB, the limits of S3"),
                      "s3.part_size");
    }
    if (!given.ca_file.value.empty() && ::access(given.ca_file.value.c_str(), R_OK) != 0) {
        return refuse(Errc::config,
                      text(given.ca_file.source, ": ", base::quoted(given.ca_file.value), ": ",
                           std::generic_category().message(errno)),
                      given.ca_file.source);
    }
    options.ca_file = given.ca_file.value;
    return options;
}

KeyNeeds key_needs(const S3Options& options) {
    KeyNeeds needs;
    options.keys->add_needs(needs);
    return needs;
}

}  // namespace xpc::sink
