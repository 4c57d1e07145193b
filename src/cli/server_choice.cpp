#include "cli/server_choice.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/text.hpp"

namespace xpc::cli {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

/// Fit for a header.
bool is_token(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
        return base::is_alphanumeric(c) || std::string_view("-._~+/=").contains(c);
    });
}

[[nodiscard]] Result<std::string> token_in(const std::string& path, const std::string& option) {
    std::ifstream file(path);
    std::string line;
    if (!file) {
        return refuse(Errc::usage,
                      text(option, ": ", path, ": ",
                           std::generic_category().message(errno == 0 ? EIO : errno)),
                      option);
    }
    std::getline(file, line);
    return std::string(base::trimmed(line));
}

}  // namespace

Result<Credentials> complete(const ServerChoice& choice, const Environment& environment) {
    const auto from = [&environment](const char* name) {
        auto value = environment(name);
        return value && value->empty() ? std::nullopt : value;
    };
    const auto given = [&from](const std::optional<std::string>& option, const char* variable) {
        return option ? *option : from(variable).value_or("");
    };
    Credentials credentials{.token = {},
                            .ca_file = given(choice.ca_file, "XEPACKETCAP_CA"),
                            .certificate_file = given(choice.certificate_file, "XEPACKETCAP_CERT"),
                            .key_file = given(choice.key_file, "XEPACKETCAP_KEY")};
    std::string source = "--token";
    if (choice.token) {
        credentials.token = *choice.token;
    } else if (choice.token_file) {
        source = "--token-file";
        auto read = token_in(*choice.token_file, source);
        if (!read) return std::unexpected(std::move(read.error()));
        credentials.token = std::move(*read);
    } else if (const auto token = from("XEPACKETCAP_TOKEN")) {
        source = "XEPACKETCAP_TOKEN";
        credentials.token = base::trimmed(*token);
    } else if (const auto file = from("XEPACKETCAP_TOKEN_FILE")) {
        source = "XEPACKETCAP_TOKEN_FILE";
        auto read = token_in(*file, source);
        if (!read) return std::unexpected(std::move(read.error()));
        credentials.token = std::move(*read);
    } else {
        return credentials;
    }
    // not shown: it may be one with a character too many
    if (!is_token(credentials.token)) {
        return refuse(Errc::usage, text(source, ": is no token"), source);
    }
    return credentials;
}

}  // namespace xpc::cli
