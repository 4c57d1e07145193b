#include "sink/s3_options.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/text.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/key_ring.hpp"
#include "sink/s3/key_source.hpp"
#include "sink/s3/parts.hpp"
#include "sink/s3/profile_files.hpp"
#include "sink/s3/profile_settings.hpp"

namespace xpc::sink {
namespace {

using base::Errc;
using base::refuse;
using base::text;

/// A value and the key or variable that it came from.
struct Sourced {
    std::string value;  ///< empty: given nowhere
    std::string source;
};

/// The values that S3 is configured by, from wherever they are given.
class Sources {
public:
    explicit Sources(const Environment& environment)
        : environment_(environment), profile_(s3::profile_settings(environment)) {}

    [[nodiscard]] Sourced variable(const char* name) const {
        return {.value = environment_(name).value_or(""), .source = name};
    }

    [[nodiscard]] Sourced of_profile(const s3::Profile& settings, const char* name) const {
        return {.value = s3::setting(settings, name),
                .source = text("profile ", base::quoted(profile_.name), ": ", name)};
    }

    [[nodiscard]] Sourced own(const char* name) const { return of_profile(profile_.own, name); }

    [[nodiscard]] Sourced nested(const char* name) const { return of_profile(profile_.s3, name); }

    /// AWS SDKs and Tools Reference Guide, "Service-specific endpoints", in its order.
    [[nodiscard]] std::vector<Sourced> endpoints() const;

private:
    const Environment& environment_;
    s3::ProfileSettings profile_;
};

/// The first that is given; else the first of them, which is empty.
Sourced first_of(std::vector<Sourced> sources) {
    const auto given =
        std::ranges::find_if(sources, [](const Sourced& one) { return !one.value.empty(); });
    return std::move(given == sources.end() ? sources.front() : *given);
}

bool is_true(const Sourced& word) {
    return base::lower(word.value) == "true";
}

std::vector<Sourced> Sources::endpoints() const {
    if (is_true(first_of({variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
                          own("ignore_configured_endpoint_urls")}))) {
        return {};
    }
    return {variable("AWS_ENDPOINT_URL_S3"), variable("AWS_ENDPOINT_URL"),
            of_profile(profile_.services, "endpoint_url"), own("endpoint_url")};
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
    Sourced addressing;
    Sourced fips;
    Sourced dual_stack;
};

Given gathered(const S3Settings& settings, const Environment& environment) {
    const Sources from(environment);
    const auto key = [](const std::optional<std::string>& configured, const char* name) {
        return Sourced{.value = configured.value_or(""), .source = name};
    };
    auto endpoints = from.endpoints();
    endpoints.insert(endpoints.begin(), key(settings.endpoint, "s3.endpoint"));
    return {
        .endpoint = first_of(std::move(endpoints)),
        .region = first_of({key(settings.region, "s3.region"), from.variable("AWS_REGION"),
                            from.variable("AWS_DEFAULT_REGION"), from.own("region")}),
        .ca_file = first_of({key(settings.ca_file, "s3.ca_file"), from.variable("AWS_CA_BUNDLE"),
                             from.own("ca_bundle")}),
        .access_key = from.variable("AWS_ACCESS_KEY_ID"),
        .secret_key = from.variable("AWS_SECRET_ACCESS_KEY"),
        .session_token = from.variable("AWS_SESSION_TOKEN"),
        .checksums = first_of({from.variable("AWS_REQUEST_CHECKSUM_CALCULATION"),
                               from.own("request_checksum_calculation")}),
        .addressing = from.nested("addressing_style"),
        .fips = first_of({from.variable("AWS_USE_FIPS_ENDPOINT"), from.own("use_fips_endpoint")}),
        .dual_stack = first_of(
            {from.variable("AWS_USE_DUALSTACK_ENDPOINT"), from.own("use_dualstack_endpoint")})};
}

/// The first thing that says that S3 is meant, credentials apart; "" where nothing does.
std::string what_means_s3(const S3Settings& settings, const Given& given,
                          const Environment& environment) {
    if (!given.endpoint.value.empty()) return given.endpoint.source;
    const auto has_text = [](const std::optional<std::string>& value) {
        return !value.value_or("").empty();
    };
    if (has_text(settings.region)) return "s3.region";
    if (settings.path_style) return "s3.path_style";
    if (settings.part_bytes) return "s3.part_size";
    if (settings.counter_tags) return "s3.counter_tags";
    if (has_text(settings.ca_file)) return "s3.ca_file";
    return s3::chosen_profile(environment).empty() ? "" : "AWS_PROFILE";
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
    if (!given.access_key.value.empty() && given.secret_key.value.empty()) {
        return fault(given.secret_key, "not set, while AWS_ACCESS_KEY_ID is");
    }
    return std::nullopt;
}

/// Empty: AWS, as it usually is.
[[nodiscard]] base::Result<std::string> endpoint_of(const Given& given, std::string_view region) {
    if (given.endpoint.value.empty()) {
        const s3::AwsVariant variant{.fips = is_true(given.fips),
                                     .dual_stack = is_true(given.dual_stack)};
        return variant.fips || variant.dual_stack ? s3::aws_endpoint(region, variant) : "";
    }
    auto checked = s3::checked_endpoint(given.endpoint.value);
    if (checked) return checked;
    return refuse(Errc::config, text(given.endpoint.source, ": ", checked.error().message),
                  given.endpoint.source);
}

[[nodiscard]] base::Result<bool> checksums_of(const Given& given, std::string_view endpoint) {
    const std::string word = base::lower(given.checksums.value);
    // what an SDK takes to be supported is what AWS supports
    if (word.empty()) return s3::is_aws(endpoint);
    if (word == "when_supported" || word == "when_required") return word == "when_supported";
    return refuse(Errc::config,
                  text(given.checksums.source, ": ", base::quoted(given.checksums.value),
                       "; must be when_supported or when_required"),
                  given.checksums.source);
}

std::optional<bool> path_style_of(const Given& given) {
    if (given.addressing.value == "path") return true;
    if (given.addressing.value == "virtual") return false;
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
    if (!*source) {
        const std::string sign = what_means_s3(settings, given, environment);
        if (sign.empty()) return std::nullopt;
        return refuse(Errc::config,
                      text(sign,
                           ": S3 is configured, but there are no credentials (AWS_ACCESS_KEY_ID "
                           "and AWS_SECRET_ACCESS_KEY, a profile in ~/.aws, or another source)"),
                      sign);
    }
    options.keys = std::make_shared<s3::KeyRing>(std::move(*source));
    auto endpoint = endpoint_of(given, options.region);
    if (!endpoint) return std::unexpected(std::move(endpoint.error()));
    options.endpoint = std::move(*endpoint);
    const auto checksums = checksums_of(given, options.endpoint);
    if (!checksums) return std::unexpected(checksums.error());
    options.checksums = *checksums;
    options.path_style = settings.path_style ? settings.path_style : path_style_of(given);
    options.counter_tags = settings.counter_tags.value_or(true);
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
