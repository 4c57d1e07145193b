#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace xpc::cli {

/// The value of an environment variable, where it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What it takes to be let in by a server.
struct Credentials {
    std::string token;             ///< empty: none
    std::string ca_file;           ///< PEM, of who signed its certificate; empty: the system's
    std::string certificate_file;  ///< our own, PEM; empty: none
    std::string key_file;          ///< its private key; empty: in the same file
};

/// What the command line says of them.
struct ServerChoice {
    std::optional<std::string> token;
    std::optional<std::string> token_file;
    std::optional<std::string> ca_file;
    std::optional<std::string> certificate_file;
    std::optional<std::string> key_file;
};

/// What is not on the command line comes from XEPACKETCAP_TOKEN, XEPACKETCAP_TOKEN_FILE,
/// XEPACKETCAP_CA, XEPACKETCAP_CERT and XEPACKETCAP_KEY. Errors: usage, where a file can not be
/// read or is no token.
[[nodiscard]] base::Result<Credentials> complete(const ServerChoice& choice,
                                                 const Environment& environment);

}  // namespace xpc::cli
