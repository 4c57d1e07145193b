#include "cli/token_options.hpp"

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/help_texts.hpp"
#include "cli/option_checks.hpp"
#include "cli/options.hpp"

namespace xpc::cli {

using base::Result;

TokenOptions::TokenOptions(CLI::App& program) {
    CLI::App* token =
        program.add_subcommand("token", "make, list and revoke tokens")->group("Commands");
    token->require_subcommand(1);
    token->footer(help_texts::token);

    create_command_ = token->add_subcommand("create", "make a token, and print it this once");
    create_command_->add_option("NAME", create_.name, "what it is called, for people")
        ->type_name("")
        ->check(refusal_of_empty);
    add_repeated(*create_command_, "--scope", create_.scopes, "SCOPE",
                 "jobs:read, jobs:write, files:read or admin; may be given again; default the "
                 "first three")
        ->delimiter(',');
    add_option(*create_command_, "--expires", create_.expires_in, "TIME",
               "in that time, such as 90d; default never")
        ->check(refusal_of_duration);
    add_repeated(*create_command_, "--interface", create_.interfaces, "NAME",
                 "only captures on this; may be given again, as the next two");
    add_repeated(*create_command_, "--device", create_.devices, "NAME", "likewise");
    add_repeated(*create_command_, "--bucket", create_.buckets, "NAME", "only to this one");
    add_option(*create_command_, "--max-duration", create_.duration, "TIME",
               "the longest that a capture may be")
        ->check(refusal_of_duration);
    add_option(*create_command_, "--max-bytes", create_.bytes, "SIZE", "the most that it may have")
        ->check(refusal_of_size);
    add_option(*create_command_, "--filter", create_.filter, "EXPR",
               "of pcap-filter(7): only packets that match this, too");
    create_command_->add_flag("--json", create_.json, "print the token and what it may as JSON");
    add_place(*create_command_);

    list_command_ = token->add_subcommand("list", "list tokens; what they are is not kept");
    list_command_->add_flag("--json", list_.json, "print them as JSON");
    add_place(*list_command_);

    revoke_command_ = token->add_subcommand("revoke", "let a token be none, at once");
    revoke_command_->add_option("TOKEN", revoke_.id, "its id")
        ->type_name("")
        ->required()
        ->check(refusal_of_id);
    add_place(*revoke_command_);
}

bool TokenOptions::parsed() const {
    return create_command_->parsed() || list_command_->parsed() || revoke_command_->parsed();
}

Result<Invocation> TokenOptions::chosen(const Environment& environment) {
    auto where = place(environment);
    if (!where) return std::unexpected(std::move(where.error()));
    create_.place = list_.place = revoke_.place = std::move(*where);
    if (list_command_->parsed()) return list_;
    if (revoke_command_->parsed()) return revoke_;
    if (create_.scopes.empty()) create_.scopes = {"jobs:read", "jobs:write", "files:read"};
    if (create_.name.empty()) create_.name = environment("USER").value_or("");
    if (create_.name.empty()) create_.name = "unnamed";
    return create_;
}

void TokenOptions::add_place(CLI::App& command) {
    add_configuration(command, place_.config_file, place_.data_dir);
    add_server(command, place_.server, choice_);
}

Result<TokenPlace> TokenOptions::place(const Environment& environment) {
    const bool is_local = place_.config_file || place_.data_dir;
    if (is_local && !place_.server.empty()) {
        return base::refuse(base::Errc::usage,
                            "--server: not with --config or --data-dir, which are of this machine",
                            "--server");
    }
    if (is_local) return place_;
    if (place_.server.empty()) place_.server = environment(server_variable).value_or("");
    if (place_.server.empty()) return place_;
    if (const std::string refusal = refusal_of_server(place_.server); !refusal.empty()) {
        return base::refuse(base::Errc::usage, base::text(server_variable, ": ", refusal),
                            server_variable);
    }
    if (place_.server.ends_with('/')) place_.server.pop_back();
    auto credentials = complete(choice_, environment);
    if (!credentials) return std::unexpected(std::move(credentials.error()));
    place_.credentials = std::move(*credentials);
    return place_;
}

}  // namespace xpc::cli
