#include "daemon/config_keys.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/network.hpp"
#include "base/text.hpp"
#include "daemon/config_values.hpp"

namespace xpc::daemon {
namespace {

using base::parse_decimal;
using base::text;

std::string set_listen(Config& config, const std::string& value) {
    const auto colon = value.rfind(':');
    const auto port = colon == std::string::npos
                          ? std::nullopt
                          : parse_decimal<std::uint16_t>(value.substr(colon + 1));
    std::string host = value.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    in6_addr address{};
    const bool is_address = ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
                            ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
    if (!port || !is_address) {
        return text("must be ADDRESS:PORT, such as 127.0.0.1:5000 or [::1]:5000, and is ",
                    base::quoted(value));
    }
    config.server.host = host;
    config.server.port = *port;
    return {};
}

std::string set_path(std::filesystem::path& out, const std::string& value) {
    if (!value.starts_with('/'))
        return text("must be an absolute path, and is ", base::quoted(value));
    out = value;
    return {};
}

std::string set_data_dir(Config& config, const std::string& value) {
    return set_path(config.server.data_dir, value);
}

std::string set_public_url(Config& config, const std::string& value) {
    const bool is_url = value.starts_with("http://") || value.starts_with("https://");
    if (!is_url || value.ends_with('/') || value.find_first_of(" \"<>?#") != std::string::npos) {
        return text("must be an http(s) URL without a slash at its end, and is ",
                    base::quoted(value));
    }
    config.server.public_url = value;
    return {};
}

std::string set_user(Config& config, const std::string& value) {
    if (value.empty() || !base::is_plain_text(value)) {
        return text("must be the name of a user of this system, and is ", base::quoted(value));
    }
    config.server.user = value;
    return {};
}

std::string set_request_timeout(Config& config, const std::string& value) {
    const auto parsed = base::parse_duration(value);
    if (!parsed) return parsed.error().message;
    if (*parsed < std::chrono::seconds(1) || *parsed > std::chrono::minutes(10))
        return text("must be from 1 s to 10 min, and is ", base::quoted(value));
    config.server.request_timeout = *parsed;
    return {};
}

std::string set_max_duration(Config& config, const std::string& value) {
    return set_longest(config.jobs.max_duration, value);
}

std::string set_max_wait(Config& config, const std::string& value) {
    const auto parsed = base::parse_duration(value);
    if (!parsed) return parsed.error().message;
    config.jobs.max_wait = *parsed;
    return {};
}

std::string set_give_up_after(Config& config, const std::string& value) {
    const auto parsed = base::parse_duration(value);
    if (!parsed) return parsed.error().message;
    config.delivery.give_up_after = *parsed;
    return {};
}

/// 0 is: none. `least_words` is the least in words.
std::string set_duration_or_none(std::chrono::milliseconds& out, const std::string& value,
                                 std::chrono::milliseconds least, std::string_view least_words) {
    const auto parsed = base::parse_duration(value);
    if (!parsed) return parsed.error().message;
    if (*parsed != std::chrono::milliseconds::zero() && *parsed < least)
        return text("must be 0 s or at least ", least_words, ", and is ", base::quoted(value));
    out = *parsed;
    return {};
}

std::string set_statistics(Config& config, const std::string& value) {
    return set_duration_or_none(config.capture.statistics, value, std::chrono::seconds(1), "1 s");
}

std::string set_snaplen(Config& config, const std::string& value) {
    // the most that Wireshark reads of a frame (wiretap/wtap.h, WTAP_MAX_PACKET_SIZE_STANDARD)
    constexpr std::uint64_t most = 262'144;
    std::uint64_t snaplen = 0;
    auto cause = set_number(snaplen, value, 64, most);
    if (cause.empty()) config.capture.snaplen = static_cast<std::uint32_t>(snaplen);
    return cause;
}

std::string set_precision(Config& config, const std::string& value) {
    if (value != "ns" && value != "us")
        return text("must be ns or us, and is ", base::quoted(value));
    config.capture.classic_format =
        value == "ns" ? pcap::FileFormat::pcap_nanoseconds : pcap::FileFormat::pcap_microseconds;
    return {};
}

std::string set_text(std::optional<std::string>& out, const std::string& value) {
    out = value;
    return {};
}

std::string set_level(Config& config, const std::string& value) {
    constexpr std::array<std::string_view, 4> words{"debug", "info", "warning", "error"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words.at(i) != value) continue;
        config.log.level = static_cast<base::Severity>(i);
        return {};
    }
    return text("must be debug, info, warning or error, and is ", base::quoted(value));
}

std::string set_format(Config& config, const std::string& value) {
    using base::log::Format;
    if (value == "auto") {
        config.log.format.reset();
    } else if (value == "text") {
        config.log.format = Format::text;
    } else if (value == "json") {
        config.log.format = Format::json;
    } else if (value == "journald") {
        config.log.format = Format::journald;
    } else {
        return text("must be auto, text, json or journald, and is ", base::quoted(value));
    }
    return {};
}

constexpr std::uint64_t mebi = std::uint64_t{1} << 20U;
constexpr std::uint64_t gibi = std::uint64_t{1} << 30U;

std::string set_memory(Config& config, const std::string& value) {
    auto cause = set_size(config.capture.memory_bytes, value, 16 * mebi, 64 * gibi);
    if (!cause.empty()) return cause;
    // a ring that is larger than the memory takes all of it before the kernel refuses the rest
    const auto machine_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                               static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (config.capture.memory_bytes > machine_bytes) {
        return text("is ", base::quoted(value), ", and this machine has ", machine_bytes, " bytes");
    }
    return {};
}

/// 0 is: no bound.
std::string set_bound(std::uint64_t& out, const std::string& value, std::uint64_t least) {
    if (value == "0") {
        out = 0;
        return {};
    }
    return set_size(out, value, least, std::uint64_t{1} << 60U);
}

std::string set_spool_size(Config& config, const std::string& value) {
    // less would end captures before their first write
    return set_bound(config.delivery.spool_bytes, value, 16 * mebi);
}

std::string set_audit_file(Config& config, const std::string& value) {
    if (!value.starts_with('/') || value.ends_with('/'))
        return text("must be the absolute path of a file, and is ", base::quoted(value));
    config.audit.file = value;
    return {};
}

std::string set_keep_for(Config& config, const std::string& value) {
    return set_duration_or_none(config.delivery.kept.age, value, std::chrono::minutes(1), "1 min");
}

std::string set_keep_size(Config& config, const std::string& value) {
    return set_bound(config.delivery.kept.bytes, value, mebi);
}

std::string set_names(Config& config, const std::string& value) {
    config.server.names = words_of(value);
    for (const std::string& name : config.server.names) {
        const bool is_host = std::ranges::all_of(name, [](char c) {
            return base::is_alphanumeric(c) || std::string_view(".-_:").contains(c);
        });
        const bool has_port = name.contains(':') && !base::parse_ip(name);
        if (!is_host || has_port) {
            return text("must be host names or addresses without a port, and has ",
                        base::quoted(name));
        }
    }
    return {};
}

std::string set_allow_from(Config& config, const std::string& value) {
    auto& networks = config.legacy.allow_from.emplace();
    for (const std::string& word : words_of(value)) {
        const auto network = base::parse_network(word);
        if (!network) {
            return text("must be networks such as 192.0.2.0/24, or addresses, and has ",
                        base::quoted(word));
        }
        networks.push_back(*network);
    }
    return {};
}

constexpr auto keys = std::to_array<ConfigKey>({
    {"server", "listen", set_listen},
    {"server", "data_dir", set_data_dir},
    {"server", "public_url", set_public_url},
    {"server", "insecure",
     [](Config& config, const std::string& value) {
         return set_truth(config.server.insecure, value);
     }},
    {"server", "require_token",
     [](Config& config, const std::string& value) {
         return set_truth(config.server.require_token.emplace(), value);
     }},
    {"server", "names", set_names, true},
    {"server", "user", set_user},
    {"server", "confined",
     [](Config& config, const std::string& value) {
         return set_truth(config.server.confined, value);
     }},
    {"server", "max_connections",
     [](Config& config, const std::string& value) {
         return set_number(config.server.max_connections, value, 10, 100'000);
     }},
    {"server", "request_timeout", set_request_timeout},
    {"server", "request_rate",
     [](Config& config, const std::string& value) {
         return set_number(config.server.request_rate, value, 0, 1'000'000);
     }},
    {"jobs", "max_duration", set_max_duration},
    {"jobs", "max_running",
     [](Config& config, const std::string& value) {
         return set_number(config.jobs.max_running, value, 1, 1000);
     }},
    {"jobs", "max_queued",
     [](Config& config, const std::string& value) {
         return set_number(config.jobs.max_queued, value, 1, 800'000);
     }},
    {"jobs", "max_wait", set_max_wait},
    {"capture", "memory", set_memory},
    {"capture", "snaplen", set_snaplen},
    {"capture", "readers",
     [](Config& config, const std::string& value) {
         return set_number(config.capture.readers, value, 0, 64);
     }},
    {"capture", "precision", set_precision},
    {"capture", "statistics", set_statistics},
    {"delivery", "give_up_after", set_give_up_after},
    {"delivery", "spool_size", set_spool_size},
    {"delivery", "keep_for", set_keep_for},
    {"delivery", "keep_size", set_keep_size},
    {"s3", "endpoint",
     [](Config& config, const std::string& value) { return set_text(config.s3.endpoint, value); }},
    {"s3", "region",
     [](Config& config, const std::string& value) { return set_text(config.s3.region, value); }},
    {"s3", "path_style",
     [](Config& config, const std::string& value) {
         return set_truth(config.s3.path_style.emplace(), value);
     }},
    {"s3", "part_size",
     [](Config& config, const std::string& value) {
         // AWS, "Amazon S3 multipart upload limits"
         return set_size(config.s3.part_bytes.emplace(), value, 5 * mebi, 5 * gibi);
     }},
    {"s3", "counter_tags",
     [](Config& config, const std::string& value) {
         return set_truth(config.s3.counter_tags.emplace(), value);
     }},
    {"s3", "ca_file",
     [](Config& config, const std::string& value) { return set_text(config.s3.ca_file, value); }},
    {"tls", "certificate",
     [](Config& config, const std::string& value) {
         return set_path(config.tls.certificate, value);
     }},
    {"tls", "key",
     [](Config& config, const std::string& value) { return set_path(config.tls.key, value); }},
    {"tls", "client_ca",
     [](Config& config, const std::string& value) {
         return set_path(config.tls.client_ca, value);
     }},
    {"legacy", "device",
     [](Config& config, const std::string& value) {
         config.legacy.device = value;
         return std::string();
     }},
    {"legacy", "allow_from", set_allow_from, true},
    {"legacy", "interfaces",
     [](Config& config,
        const std::string& value) { return set_words(config.legacy.limits.interfaces, value); },
     true},
    {"legacy", "devices",
     [](Config& config,
        const std::string& value) { return set_words(config.legacy.limits.devices, value); },
     true},
    {"legacy", "buckets",
     [](Config& config,
        const std::string& value) { return set_words(config.legacy.limits.buckets, value); },
     true},
    {"legacy", "max_duration",
     [](Config& config,
        const std::string& value) { return set_longest(config.legacy.limits.duration, value); }},
    {"audit", "file", set_audit_file},
    {"audit", "rotate_size",
     [](Config& config,
        const std::string& value) { return set_bound(config.audit.rotate_bytes, value, 4096); }},
    {"log", "level", set_level},
    {"log", "format", set_format},
});

}  // namespace

std::span<const ConfigKey> config_keys() noexcept {
    return keys;
}

}  // namespace xpc::daemon
