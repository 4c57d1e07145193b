#pragma once

#include <filesystem>

namespace xpc::api {

/// Files in PEM.
struct TlsOptions {
    std::filesystem::path certificate;  ///< the server's, and behind it those of who signed it
    std::filesystem::path key;
    std::filesystem::path
        client_ca;  ///< who signs certificates of clients; empty: none are asked for
};

/// Errors: Failure(config), where they can not be used.
void check_tls_files(const TlsOptions& options);

}  // namespace xpc::api
