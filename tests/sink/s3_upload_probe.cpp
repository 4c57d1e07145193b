// Drives one upload from outside: settings are arguments (NAME=VALUE), then commands come on
// standard input, a line each, and each of those that say so answers with a line of JSON.
//
//   advance BYTES          the first BYTES of the spool file are final
//   finish BYTES           delivers; answers {"receipt": …} or {"error": …}
//   finish BYTES MILLIS    likewise, and requests the stop after so long
//   close                  destroys the sink; answers {"closed_ms": …}
//   discard                likewise, and gives up what it began; the same answer
//
// Settings: spool, bucket, key, part_bytes, path_style (true, false), captured (a counter, which an
// object in parts is then tagged with), and the AWS_* variables.

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "sink/s3_options.hpp"
#include "sink/sinks.hpp"

namespace {

using xpc::base::Json;

using Settings = std::map<std::string, std::string>;

std::optional<std::string> value_of(const Settings& settings, const std::string& name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::nullopt : std::optional(found->second);
}

xpc::sink::S3Options options_of(const Settings& settings) {
    xpc::sink::S3Settings given;
    if (const auto style = value_of(settings, "path_style")) given.path_style = *style == "true";
    given.counter_tags = settings.contains("captured");
    auto options = xpc::base::value_or_throw(xpc::sink::s3_options(
        given, [&settings](const std::string& name) { return value_of(settings, name); }));
    if (!options) throw xpc::base::Failure(xpc::base::Errc::usage, "S3 is not configured");
    // smaller parts than S3 allows: our own store in the tests takes them
    if (const auto bytes = value_of(settings, "part_bytes")) {
        options->part_bytes = xpc::base::parse_decimal<std::uint64_t>(*bytes);
    }
    return *options;
}

std::int64_t milliseconds_since(xpc::base::Deadline start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(xpc::base::Deadline::clock::now() -
                                                                 start)
        .count();
}

/// What is known of the capture at its end.
xpc::sink::Labels counters_of(const Settings& settings) {
    const auto captured = value_of(settings, "captured");
    if (!captured) return {};
    return {{"captured", *captured}};
}

Json finish(xpc::sink::Sink& sink, std::uint64_t total_bytes, const xpc::sink::Labels& counters,
            std::optional<int> stop_after_ms) {
    xpc::base::Stop stop;
    std::jthread stopper;
    if (stop_after_ms) {
        stopper = std::jthread([&stop, after = *stop_after_ms] {
            const xpc::base::Stop none;
            if (xpc::base::wait({}, none, xpc::base::in(std::chrono::milliseconds(after))) ==
                xpc::base::Woken::deadline) {
                stop.request();
            }
        });
    }
    const auto start = xpc::base::in({});
    try {
        const auto receipt = sink.finish(total_bytes, counters, stop);
        return Json::object({{"receipt", Json::object({{"bucket", receipt.bucket},
                                                       {"key", receipt.key},
                                                       {"bytes", receipt.bytes},
                                                       {"etag", receipt.etag},
                                                       {"sha256", receipt.sha256}})},
                             {"finished_ms", milliseconds_since(start)}});
    } catch (const xpc::base::Failure& failed) {
        return Json::object(
            {{"error", Json::object({{"code", xpc::base::traits(failed.error().errc).code},
                                     {"message", failed.error().message}})},
             {"finished_ms", milliseconds_since(start)}});
    }
}

/// Empty where there are no keys to sign it with: that is told by what comes next.
std::string presigned_url(const xpc::sink::Sinks& sinks, const xpc::sink::Destination& object) {
    try {
        return sinks.presigned_url(object);
    } catch (const xpc::base::Failure&) {
        return {};
    }
}

void obey(const Settings& settings) {
    const xpc::sink::Sinks sinks({.objects_dir = {}, .s3 = options_of(settings)});
    const xpc::sink::Destination destination{.store = xpc::sink::StoreKind::s3,
                                             .bucket = settings.at("bucket"),
                                             .key = settings.at("key")};
    std::cout << Json::object({{"url", sinks.url(destination, "")},
                               {"presigned_url", presigned_url(sinks, destination)}})
                     .dump()
              << std::endl;
    auto sink = sinks.open(destination, {}, settings.at("spool"));
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string command;
        std::uint64_t bytes = 0;
        words >> command >> bytes;
        if (command == "advance") {
            sink->advance(bytes);
        } else if (command == "finish") {
            int after = 0;
            const bool stops = static_cast<bool>(words >> after);
            std::cout << finish(*sink, bytes, counters_of(settings),
                                stops ? std::optional(after) : std::nullopt)
                             .dump()
                      << std::endl;
        } else if (command == "close" || command == "discard") {
            const auto start = xpc::base::in({});
            sink.reset();
            if (command == "discard") sinks.discard(settings.at("spool"));
            std::cout << Json::object({{"closed_ms", milliseconds_since(start)}}).dump()
                      << std::endl;
            return;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto equals = argument.find('=');
        settings.emplace(argument.substr(0, equals), argument.substr(equals + 1));
    }
    try {
        obey(settings);
        return 0;
    } catch (const std::exception& failed) {
        std::cerr << "s3_upload_probe: " << failed.what() << '\n';
        return 1;
    }
}
