#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/tls_options.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/network.hpp"
#include "capture/device_settings.hpp"
#include "job/token.hpp"
#include "pcap/file_format.hpp"
#include "sink/retention.hpp"
#include "sink/s3_options.hpp"

namespace xpc::daemon {

/// What a client with that certificate may do.
struct TlsClient {
    std::string subject;  ///< as RFC 2253 writes it
    std::vector<job::Scope> scopes;
    job::JobLimits limits;
};

/// Everything that can be configured, with its default: read once at start, and not changed after.
/// The reference is docs/configuration.md.
struct Config {
    struct Server {
        std::string host = "127.0.0.1";
        std::uint16_t port = 5000;
        std::filesystem::path data_dir;
        std::string public_url;
        bool insecure = false;
        std::optional<bool> require_token;  ///< unset: as the listen address asks for
        std::vector<std::string> names;     ///< that this host is called by
        std::string user;  ///< to become, where root starts it; empty: see docs/configuration.md
        bool confined = true;  ///< by Landlock and seccomp
        std::uint64_t max_connections = 1000;
        std::chrono::milliseconds request_timeout = std::chrono::seconds(30);
        std::uint64_t request_rate = 100;  ///< a second, of one client; 0: no limit
    } server;

    api::TlsOptions tls;  ///< without a certificate: none
    std::vector<TlsClient> tls_clients;

    struct Jobs {
        std::chrono::milliseconds max_duration = std::chrono::hours(24);
        std::uint64_t max_running = 128;
        std::uint64_t max_queued = 10'000;
        std::chrono::milliseconds max_wait = std::chrono::minutes(2);  ///< for a device
    } jobs;

    struct Capture {
        std::uint64_t memory_bytes = std::uint64_t{64} << 20U;
        std::uint32_t snaplen = 262'144;
        std::uint64_t readers = 0;  ///< threads an interface; 0: as it needs
        pcap::FileFormat classic_format = pcap::FileFormat::pcap_nanoseconds;
        std::chrono::milliseconds statistics = std::chrono::minutes(1);  ///< between two in a file
    } capture;

    struct Delivery {
        std::chrono::milliseconds give_up_after = std::chrono::hours(24 * 7);
        std::uint64_t spool_bytes = 0;  ///< 0: as much as the disk has
        sink::RetentionLimits kept;     ///< of the embedded store
    } delivery;

    sink::S3Settings s3;

    std::vector<capture::DeviceSettings> devices;  ///< besides this host; names are different

    struct Legacy {
        std::string device;  ///< that the original API captures from
        /// Who may use it without a token; unset: this host, but where tokens are required.
        std::optional<std::vector<base::IpNetwork>> allow_from;
        job::JobLimits limits;
    } legacy;

    struct Audit {
        std::filesystem::path file;                             ///< by default in the data_dir
        std::uint64_t rotate_bytes = std::uint64_t{64} << 20U;  ///< 0: never
    } audit;

    struct Log {
        base::Severity level = base::Severity::info;
        std::optional<base::log::Format> format;  ///< none: by where standard error leads
    } log;
};

/// What the command line says in place of the configuration.
struct Overrides {
    std::optional<std::string> config_file;
    std::optional<std::string> listen;
    std::optional<std::string> data_dir;
};

/// Whether what listens there is reached by this host alone.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

using Environment = sink::Environment;

/// The configuration by the file, the environment and the command line, each before the ones before
/// it.
/// Errors: config: "FILE:LINE: KEY: CAUSE", or the variable or option in place of file and line.
[[nodiscard]] base::Result<Config> load_config(const Overrides& overrides,
                                               const Environment& environment);

/// The same for a text that stands for the file `name`. Pure, but that it knows how much memory
/// this machine has, and reads the password files that the text names.
[[nodiscard]] base::Result<Config> parse_config(std::string_view toml, const std::string& name,
                                                const Environment& environment);

}  // namespace xpc::daemon
