#include "sink/s3_options.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sink/s3/key_ring.hpp"

namespace xpc::sink {
namespace {

using Variables = std::map<std::string, std::string>;

[[nodiscard]] base::Result<std::optional<S3Options>> options_of(const S3Settings& settings,
                                                                const Variables& variables) {
    return s3_options(settings, [&](const std::string& name) {
        const auto found = variables.find(name);
        if (name == "HOME") return std::optional<std::string>("/none");
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

const Variables credentials{{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};

Variables with(Variables more) {
    more.insert(credentials.begin(), credentials.end());
    return more;
}

/// The path of a file with that text.
std::string write_config(std::string_view content) {
    const auto path =
        std::filesystem::temp_directory_path() / base::text("xpc-s3-options-", base::random_hex(8));
    std::ofstream(path) << content;
    return path.native();
}

TEST_CASE("without credentials and endpoint, S3 is not configured") {
    CHECK_FALSE(options_of({}, {}).value().has_value());
    CHECK_FALSE(options_of({}, {{"AWS_REGION", "x"}}).value().has_value());
    CHECK_FALSE(options_of({}, {{"AWS_SECRET_ACCESS_KEY", "secret"}}).value().has_value());
    CHECK_FALSE(options_of({}, {{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}})
                    .value()
                    .has_value());
}

TEST_CASE("with credentials alone it is AWS, by its defaults") {
    const auto options = options_of({}, credentials).value().value();
    CHECK(options.endpoint.empty());
    CHECK(options.region == "us-east-1");
    CHECK_FALSE(options.path_style.has_value());
    CHECK(options.checksums);
    CHECK(options.counter_tags);
    CHECK_FALSE(options.part_bytes.has_value());
    CHECK(options.ca_file.empty());
    const auto keys = options.keys->current(base::Stop(), base::never);
    CHECK(keys.access_key == "AKID");
    CHECK(keys.secret_key == "secret");
    CHECK(keys.session_token.empty());
}

TEST_CASE("a style is taken as it is given") {
    const auto endpoint = with({{"AWS_ENDPOINT_URL", "http://127.0.0.1:7480/"}});
    CHECK(options_of({}, endpoint).value()->endpoint == "http://127.0.0.1:7480");
    CHECK_FALSE(options_of({}, endpoint).value()->path_style.has_value());
    CHECK(options_of({.path_style = false}, endpoint).value()->path_style == false);
    CHECK(options_of({.path_style = true}, credentials).value()->path_style == true);
}

TEST_CASE("an endpoint of AWS is AWS, and any other is not") {
    const auto with_endpoint = [](const std::string& endpoint) {
        return options_of({}, with({{"AWS_ENDPOINT_URL", endpoint}})).value().value();
    };
    CHECK(with_endpoint("https://s3.eu-west-1.amazonaws.com").checksums);
    CHECK(with_endpoint("https://s3.cn-north-1.amazonaws.com.cn:443").checksums);
    CHECK_FALSE(with_endpoint("https://store.example").checksums);
    CHECK_FALSE(with_endpoint("https://evilamazonaws.com").checksums);
}

TEST_CASE("keys go before variables, and the particular variable before the general one") {
    const auto all = with({{"AWS_ENDPOINT_URL_S3", "http://particular"},
                           {"AWS_ENDPOINT_URL", "http://general"},
                           {"AWS_REGION", "region"},
                           {"AWS_DEFAULT_REGION", "default-region"},
                           {"AWS_CA_BUNDLE", "/dev/null"},
                           {"AWS_SESSION_TOKEN", "token"}});
    const auto by_variables = options_of({}, all).value().value();
    CHECK(by_variables.endpoint == "http://particular");
    CHECK(by_variables.region == "region");
    CHECK(by_variables.ca_file == "/dev/null");
    CHECK(by_variables.keys->current(base::Stop(), base::never).session_token == "token");
    const auto by_keys = options_of({.endpoint = "https://key",
                                     .region = "key-region",
                                     .part_bytes = 16U << 20U,
                                     .ca_file = "/dev/zero"},
                                    all)
                             .value()
                             .value();
    CHECK(by_keys.endpoint == "https://key");
    CHECK(by_keys.region == "key-region");
    CHECK(by_keys.part_bytes == 16U << 20U);
    CHECK(by_keys.ca_file == "/dev/zero");
    const auto general = options_of({}, with({{"AWS_ENDPOINT_URL_S3", ""},
                                              {"AWS_ENDPOINT_URL", "http://general"},
                                              {"AWS_DEFAULT_REGION", "default-region"}}));
    CHECK(general.value()->endpoint == "http://general");
    CHECK(general.value()->region == "default-region");
}

TEST_CASE("what cannot work is refused with the key or variable at fault") {
    const std::string config_file = write_config("[profile region only]\nregion = eu-west-1\n");
    const Variables no_instance{{"AWS_EC2_METADATA_DISABLED", "true"}};

    struct Row {
        std::string_view name;
        S3Settings settings;
        Variables variables;
        std::string_view field;
        std::string_view message;
    };

    const Row rows[] = {
        {"an endpoint without credentials",
         {.endpoint = "http://s"},
         {},
         "s3.endpoint",
         "no credentials"},
        {"likewise from the environment",
         {},
         {{"AWS_ENDPOINT_URL", "http://s"}},
         "AWS_ENDPOINT_URL",
         "no credentials"},
        {"a profile without keys",
         {},
         {{"AWS_PROFILE", "region only"}, {"AWS_CONFIG_FILE", config_file}},
         "AWS_PROFILE",
         "no credentials"},
        {"a style without credentials",
         {.path_style = true},
         {},
         "s3.path_style",
         "no credentials"},
        {"a region without credentials",
         {.region = "r"},
         no_instance,
         "s3.region",
         "no credentials"},
        {"tags without credentials",
         {.counter_tags = false},
         {},
         "s3.counter_tags",
         "no credentials"},
        {"no secret key",
         {},
         {{"AWS_ACCESS_KEY_ID", "AKID"}},
         "AWS_SECRET_ACCESS_KEY",
         "not set, while AWS_ACCESS_KEY_ID is"},
        {"a scheme that is none",
         {.endpoint = "s3://bucket"},
         credentials,
         "s3.endpoint",
         "must start with"},
        {"a path",
         {},
         with({{"AWS_ENDPOINT_URL_S3", "http://s/p"}}),
         "AWS_ENDPOINT_URL_S3",
         "must not have a path"},
        {"a part too small",
         {.part_bytes = (5U << 20U) - 1},
         credentials,
         "s3.part_size",
         "5 MiB to 5 GiB"},
        {"a part too large",
         {.part_bytes = (std::uint64_t{5} << 30U) + 1},
         credentials,
         "s3.part_size",
         "5 MiB to 5 GiB"},
        {"a region that is none", {.region = "eu west"}, credentials, "s3.region", "is no region"},
        {"a region that would be another host",
         {},
         with({{"AWS_REGION", "x.evil.example/"}}),
         "AWS_REGION",
         "is no region"},
        {"a key with a line break",
         {},
         {{"AWS_ACCESS_KEY_ID", "AKID\r\nX: y"}, {"AWS_SECRET_ACCESS_KEY", "secret"}},
         "AWS_ACCESS_KEY_ID",
         "control characters"},
        {"a token with a line break",
         {},
         with({{"AWS_SESSION_TOKEN", "a\nb"}}),
         "AWS_SESSION_TOKEN",
         "control characters"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto options = options_of(row.settings, row.variables);
        REQUIRE_FALSE(options.has_value());
        CHECK(options.error().errc == base::Errc::config);
        CHECK(options.error().field == row.field);
        CHECK(options.error().message.contains(row.message));
        CHECK(options.error().message.starts_with(row.field));
        CHECK_FALSE(options.error().message.contains("secret"));
    }
    std::filesystem::remove(config_file);
}

TEST_CASE("the chosen profile says how S3 is reached, where nothing else does") {
    const std::string config_file = write_config(
        "[profile store]\nregion = eu-7\nendpoint_url = http://store:7480\nca_bundle = /dev/null\n"
        "request_checksum_calculation = when_supported\ns3 =\n  addressing_style = virtual\n"
        "[profile services]\nservices = mine\nendpoint_url = http://general\n"
        "[services mine]\nec2 =\n  endpoint_url = http://ec2\ns3 =\n  endpoint_url = http://s3\n"
        "[profile quiet]\nendpoint_url = http://ignored\nignore_configured_endpoint_urls = true\n"
        "[profile fips]\nregion = us-gov-west-1\nuse_fips_endpoint = true\n");
    const auto of = [&](const std::string& profile, Variables more = {}, S3Settings given = {}) {
        more.insert({{"AWS_PROFILE", profile}, {"AWS_CONFIG_FILE", config_file}});
        return options_of(given, with(more)).value().value();
    };
    const auto store = of("store");
    CHECK(store.region == "eu-7");
    CHECK(store.endpoint == "http://store:7480");
    CHECK(store.ca_file == "/dev/null");
    CHECK(store.checksums);
    CHECK(store.path_style == false);
    const auto by_variables = of("store", {{"AWS_REGION", "eu-8"},
                                           {"AWS_ENDPOINT_URL", "http://variable"},
                                           {"AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"}});
    CHECK(by_variables.region == "eu-8");
    CHECK(by_variables.endpoint == "http://variable");
    CHECK_FALSE(by_variables.checksums);
    CHECK(of("store", {}, {.endpoint = "http://key", .path_style = true}).endpoint == "http://key");
    CHECK(of("store", {}, {.path_style = true}).path_style == true);
    CHECK(of("services").endpoint == "http://s3");
    CHECK(of("quiet").endpoint.empty());
    const Variables ignoring{{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"},
                             {"AWS_ENDPOINT_URL_S3", "http://ignored"}};
    CHECK(of("store", ignoring).endpoint.empty());
    CHECK(of("store", ignoring, {.endpoint = "http://key"}).endpoint == "http://key");
    CHECK(of("fips").endpoint == "https://s3-fips.us-gov-west-1.amazonaws.com");
    CHECK(of("fips").checksums);
    std::filesystem::remove(config_file);
}

TEST_CASE("a fault of the profile names it") {
    const std::string config_file = write_config("[default]\nendpoint_url = store:7480\n");
    const auto options = options_of({}, with({{"AWS_CONFIG_FILE", config_file}}));
    REQUIRE_FALSE(options.has_value());
    CHECK(options.error().message.starts_with("profile \"default\": endpoint_url: "));
    std::filesystem::remove(config_file);
}

}  // namespace
}  // namespace xpc::sink
