#include "cli/options.hpp"

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/command_line.hpp"
#include "cli/option_checks.hpp"

namespace xpc::cli {

using base::text;

CLI::Option* add_option(CLI::App& command, const char* names, std::optional<std::string>& value,
                        const char* value_name, const char* what) {
    return command.add_option(names, value, what)->option_text(value_name)->check(refusal_of_empty);
}

CLI::Option* add_repeated(CLI::App& command, const char* names, std::vector<std::string>& values,
                          const char* value_name, const char* what) {
    return command.add_option(names, values, what)
        ->option_text(value_name)
        ->allow_extra_args(false)
        ->check(refusal_of_empty);
}

void add_configuration(CLI::App& command, std::optional<std::string>& file,
                       std::optional<std::string>& data_dir) {
    add_option(command, "-c,--config", file, "FILE", "TOML; default /etc/xepacketcap.toml");
    add_option(command, "--data-dir", data_dir, "FOLDER", "job store, spool and objects");
}

void add_server(CLI::App& command, std::string& server, ServerChoice& choice) {
    command
        .add_option("--server", server, text("default $", server_variable, " or ", default_server))
        ->option_text("URL")
        ->check(refusal_of_server);
    add_option(command, "--token", choice.token, "TOKEN",
               "to be let in there; default $XEPACKETCAP_TOKEN");
    add_option(command, "--token-file", choice.token_file, "FILE",
               "that has it; default $XEPACKETCAP_TOKEN_FILE");
    add_option(command, "--ca", choice.ca_file, "FILE",
               "PEM: who signed its certificate; default $XEPACKETCAP_CA or the system's");
    add_option(command, "--client-cert", choice.certificate_file, "FILE",
               "PEM: a certificate to show there; default $XEPACKETCAP_CERT");
    add_option(command, "--client-key", choice.key_file, "FILE",
               "PEM: its private key; default $XEPACKETCAP_KEY, or in the same file");
}

}  // namespace xpc::cli
