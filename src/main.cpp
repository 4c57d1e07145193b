// Picks the subcommand. Errors end here: one line, and the exit code that base/error.cpp gives
// them.

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/check_report.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/token_commands.hpp"
#include "daemon/audit_check.hpp"
#include "daemon/check.hpp"
#include "daemon/config.hpp"
#include "daemon/confinement.hpp"
#include "daemon/daemon.hpp"
#include "daemon/device_roles.hpp"
#include "daemon/door_rules.hpp"
#include "daemon/iosxe_config.hpp"
#include "daemon/local_tokens.hpp"
#include "daemon/worker.hpp"

namespace {

using namespace xpc;  // NOLINT(google-build-using-namespace): this file joins them all

/// The one place that reads the environment: everything else is given this function.
std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void open_log(const daemon::Config& config) {
    using base::log::usual_format;
    base::log::set_level(config.log.level);
    base::log::set_format(
        config.log.format.value_or(usual_format(environment("JOURNAL_STREAM").value_or(""))));
}

int run(const cli::Serve& serve, const cli::Surroundings& surroundings) {
    const auto config = base::value_or_throw(daemon::load_config(
        {.config_file = serve.config_file, .listen = serve.listen, .data_dir = serve.data_dir},
        environment));
    const auto s3 = base::value_or_throw(sink::s3_options(config.s3, environment));
    if (serve.check_config) {
        daemon::check_door(config);
        return run(cli::Text{.text = base::text("configuration: good; listen ", config.server.host,
                                                ":", config.server.port, ", data_dir ",
                                                config.server.data_dir.native(), ", store ",
                                                s3 ? "s3" : "embedded", "\n"),
                             .exit_code = 0},
                   surroundings);
    }
    open_log(config);
    daemon::confine(config, s3, environment);
    daemon::Daemon(config, s3, environment).run();
    return 0;
}

int run(const cli::Work& work, const cli::Surroundings& surroundings) {
    const auto config = base::value_or_throw(daemon::load_config(
        {.config_file = work.config_file, .listen = {}, .data_dir = work.data_dir}, environment));
    open_log(config);
    if (!daemon::device_by_dohost(config)) {
        throw base::Failure(base::Errc::config,
                            "work: there is no [[device]] with way = \"dohost\" to work for");
    }
    try {
        daemon::Worker(config).run(work.longest);
    } catch (const base::Failure& failure) {  // the usual case, where an applet starts one a minute
        if (failure.error().errc != base::Errc::in_use) throw;
        return run(cli::Text{.text = failure.error().message + ": nothing to do\n"}, surroundings);
    }
    return 0;
}

int run(const cli::PrintEem& print, const cli::Surroundings& surroundings) {
    auto config =
        base::value_or_throw(daemon::applet_config({.program = print.program,
                                                    .config_file = print.config_file.value_or(""),
                                                    .longest = print.longest}));
    return run(cli::Text{.text = std::move(config)}, surroundings);
}

int run(const cli::PrintIosxeConfig& print, const cli::Surroundings& surroundings) {
    const auto config = base::value_or_throw(daemon::load_config(
        {.config_file = print.config_file, .listen = {}, .data_dir = {}}, environment));
    const auto device = base::value_or_throw(daemon::chosen_device(config, print.device));
    if (device.way == capture::Way::ssh) {
        return run(cli::Text{.text = daemon::ssh_config(device)}, surroundings);
    }
    daemon::GuestshellPlan plan;
    plan.family = print.catalyst ? daemon::Family::catalyst : daemon::Family::router;
    plan.guest = print.guest.value_or(plan.guest);
    plan.outside = print.outside.value_or("");
    plan.vlan = base::parse_decimal<std::uint16_t>(print.vlan.value_or("0")).value_or(0);
    plan.name_server = print.name_server.value_or("");
    plan.listen_host = config.server.host;
    plan.listen_port = config.server.port;
    auto printed = base::value_or_throw(daemon::guestshell_config(plan));
    return run(cli::Text{.text = std::move(printed)}, surroundings);
}

int run(const cli::Check& check, const cli::Surroundings& surroundings) {
    const auto config = base::value_or_throw(daemon::load_config(
        {.config_file = check.config_file, .listen = {}, .data_dir = check.data_dir}, environment));
    const auto s3 = base::value_or_throw(sink::s3_options(config.s3, environment));
    base::log::set_level(base::Severity::error);  // the findings say it
    return cli::report(daemon::check_needs(config, s3, check.interface, check.bucket), check.json,
                       surroundings);
}

/// Of the server that it names, or of this machine.
cli::Tokens tokens_at(const cli::TokenPlace& place) {
    if (!place.server.empty()) return cli::tokens_of_server(place);
    const auto config = base::value_or_throw(daemon::load_config(
        {.config_file = place.config_file, .listen = {}, .data_dir = place.data_dir}, environment));
    // shared by three functions, of which none is the owner
    const auto local = std::make_shared<daemon::LocalTokens>(config);
    return {.where = base::text("in ", config.server.data_dir.native()),
            .create = [local](const base::Json& wanted) { return local->create(wanted); },
            .list = [local] { return local->list(); },
            .revoke = [local](const std::string& id) { local->revoke(id); }};
}

int run(const cli::CreateToken& create, const cli::Surroundings& surroundings) {
    return cli::run(create, tokens_at(create.place), surroundings);
}

int run(const cli::ListTokens& list, const cli::Surroundings& surroundings) {
    return cli::run(list, tokens_at(list.place), surroundings);
}

int run(const cli::RevokeToken& revoke, const cli::Surroundings& surroundings) {
    return cli::run(revoke, tokens_at(revoke.place), surroundings);
}

int run(const cli::VerifyAudit& verify, const cli::Surroundings& surroundings) {
    std::vector<std::filesystem::path> files(verify.files.begin(), verify.files.end());
    if (files.empty()) {
        const auto config = base::value_or_throw(daemon::load_config(
            {.config_file = verify.config_file, .listen = {}, .data_dir = verify.data_dir},
            environment));
        files = daemon::audit_files(config.audit.file);
    }
    return cli::report(daemon::check_audit(files), verify.json, surroundings);
}

}  // namespace

int main(int argc, char** argv) {
    const cli::Surroundings surroundings{.environment = environment};
    try {
        const auto invocation = base::value_or_throw(cli::parse(argc, argv, environment));
        return std::visit([&](const auto& command) { return run(command, surroundings); },
                          invocation);
    } catch (const base::Failure& failure) {
        return cli::report(failure.error(), surroundings);
    } catch (const std::exception& unexpected) {
        return cli::report(
            {.errc = base::Errc::internal, .message = unexpected.what(), .field = {}},
            surroundings);
    }
}
