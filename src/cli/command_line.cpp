#include "cli/command_line.hpp"

#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/help_texts.hpp"
#include "cli/option_checks.hpp"
#include "cli/options.hpp"
#include "cli/token_options.hpp"

namespace xpc::cli {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

/// The commands and what they fill. CLI11 keeps references to the members, so it stays in place.
class Parser {
public:
    Parser() {
        app_.name("xepacketcap");
        app_.get_formatter()->column_width(28);
        app_.get_formatter()->label("REQUIRED", "");
        app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
        app_.set_version_flag("--version", "xepacketcap " XPC_VERSION, "print the version");
        app_.set_help_flag("-h,--help", "print this help");
        add_serve();
        add_work();
        add_prints();
        add_check();
        add_capture();
        add_list();
        show_command_ = add_for_one_job("show", "show one job: its state, counters and errors",
                                        show_.id, show_.server, &show_.json);
        show_command_->add_flag("--transcript", show_.transcript,
                                "print what was said to its device, and the answers");
        stop_command_ = add_for_one_job("stop", "stop a capture and keep it", stop_.id,
                                        stop_.server, &stop_.json);
        delete_command_ = add_for_one_job("delete", "end a job and remove it, and its file",
                                          delete_.id, delete_.server, nullptr);
        extend_command_ = add_for_one_job("extend", "change how long a capture goes on", extend_.id,
                                          extend_.server, &extend_.json);
        extend_command_->add_option("TIME", extend_.duration, "from its beginning, such as 10m")
            ->type_name("")
            ->required()
            ->check(refusal_of_duration);
        tokens_.emplace(app_);
        add_audit();
        app_.footer(help_texts::program);  // set last: commands inherit what is there before them
    }

    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    Parser(Parser&&) = delete;
    Parser& operator=(Parser&&) = delete;
    ~Parser() = default;

    [[nodiscard]] Result<Invocation> parse(int argc, const char* const* argv,
                                           const Environment& environment) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::CallForHelp&) {
            return Text{.text = app_.help()};
        } catch (const CLI::CallForVersion&) {
            return Text{.text = text("xepacketcap ", XPC_VERSION, "\n")};
        } catch (const CLI::ExtrasError&) {  // so CLI11 says that it refuses
            return refuse(Errc::usage, text(app_.get_subcommands().empty()
                                                ? "no such command or option: "
                                                : "no such option, or one argument too many: ",
                                            base::quoted(app_.remaining(true).front())));
        } catch (const CLI::ArgumentMismatch& error) {
            const std::string option = option_of(error);
            return refuse(Errc::usage, text(option, ": takes exactly one value"), option);
        } catch (const CLI::ParseError& error) {
            return refuse(Errc::usage, error.what(), option_of(error));
        }
        return chosen(environment);
    }

private:
    CLI::App* add_command(const char* name, const char* what) {
        return app_.add_subcommand(name, what)->group("Commands");
    }

    void add_capture() {
        CLI::App* command = add_command("capture", "ask for a capture and follow it");
        command->footer(help_texts::capture);
        command->add_option("INTERFACE", interface_, "interface of the server, or any")
            ->type_name("")
            ->check(refusal_of_empty);
        add_capture_options(*command, capture_);
        command->add_flag("--one-way", one_way_, "only from src to dst, no replies");
        add_server(*command, capture_.server, choice_);
        capture_command_ = command;
    }

    void add_list() {
        CLI::App* command = add_command("list", "list jobs, newest first");
        command->add_option("-n,--limit", list_.limit, "at most so many; default 100")
            ->option_text("N")
            ->check(CLI::Range(1U, 1000U));
        add_option(*command, "--state", list_.state, "STATE",
                   "queued, starting, running, stopping or stopped")
            ->check(CLI::IsMember({"queued", "starting", "running", "stopping", "stopped"}));
        add_option(*command, "--delivery", list_.delivery, "HOW",
                   "none, uploading, delivered or failed")
            ->check(CLI::IsMember({"none", "uploading", "delivered", "failed"}));
        add_option(*command, "--device", list_.device, "NAME", "only of that device");
        add_option(*command, "-i,--interface", list_.interface, "NAME", "only of that interface");
        add_option(*command, "--by", list_.by, "NAME", "only what that one has asked for");
        add_option(*command, "--after", list_.after, "TIME",
                   "created then or later, such as 2026-11-23T08:15:30Z");
        add_option(*command, "--before", list_.before, "TIME", "created before then");
        command->add_flag("--all", list_.all, "all pages, --limit at a time");
        command->add_flag("--json", list_.json, "print the server's reply as JSON");
        add_server(*command, list_.server, choice_);
        list_command_ = command;
    }

    void add_serve() {
        CLI::App* command = add_command("serve", "run the server");
        command->footer(help_texts::serve);
        add_configuration(*command, serve_.config_file, serve_.data_dir);
        add_option(*command, "--listen", serve_.listen, "ADDRESS:PORT", "default 127.0.0.1:5000");
        command->add_flag("--check-config", serve_.check_config, "check the configuration and end");
        serve_command_ = command;
    }

    void add_work() {
        CLI::App* command = add_command("work", "run the captures of a guestshell's own device");
        command->footer(help_texts::work);
        add_configuration(*command, work_.config_file, work_.data_dir);
        command->add_flag("--once", once_, "until there is nothing to do: the only way there is")
            ->required();
        add_option(*command, "--for", work_for_, "TIME",
                   "at the longest; default 840 s, for an applet with maxrun 900")
            ->check(refusal_of_duration);
        work_command_ = command;
    }

    void add_prints() {
        CLI::App* eem = add_command("print-eem", "print the applet of IOS that starts work --once");
        eem->add_option("--program", print_eem_.program, "where it is in the guestshell")
            ->option_text("PATH");
        add_option(*eem, "-c,--config", print_eem_.config_file, "FILE", "likewise; default none");
        add_option(*eem, "--for", print_eem_for_, "TIME", "of work; maxrun is a minute more")
            ->check(refusal_of_duration);
        print_eem_command_ = eem;

        PrintIosxeConfig& print = print_config_;
        CLI::App* config =
            add_command("print-iosxe-config", "print the configuration of IOS for a device");
        config->footer(help_texts::print_iosxe_config);
        add_option(*config, "-c,--config", print.config_file, "FILE", "TOML, as of serve");
        add_option(*config, "--device", print.device, "NAME", "needed where there are several");
        config->add_flag("--catalyst", print.catalyst, "a switch, and not a router");
        add_option(*config, "--guest", print.guest, "ADDRESS/BITS",
                   "of the guestshell; default 192.168.99.2/24");
        add_option(*config, "--outside", print.outside, "INTERFACE",
                   "of the router, by which the guestshell reaches others");
        add_option(*config, "--vlan", print.vlan, "N", "of a Catalyst")->check(refusal_of_count);
        add_option(*config, "--name-server", print.name_server, "ADDRESS", "of the guestshell");
        print_config_command_ = config;
    }

    void add_check() {
        CLI::App* command = add_command("check", "see whether all that a capture needs is there");
        command->footer(help_texts::check);
        add_configuration(*command, check_.config_file, check_.data_dir);
        add_option(*command, "-i,--interface", check_.interface, "NAME",
                   "to capture from; default lo")
            ->check(refusal_of_empty);
        add_option(*command, "-b,--bucket", check_.bucket, "NAME",
                   "write to it, in one piece and in parts, and delete that");
        command->add_flag("--json", check_.json, "print the findings as JSON");
        check_command_ = command;
    }

    void add_audit() {
        CLI::App* audit = add_command("audit", "see whether the audit log is what was written");
        audit->require_subcommand(1);
        audit->footer(help_texts::audit);
        CLI::App* verify = audit->add_subcommand("verify", "check its chain, line by line");
        verify->add_option("FILE", audit_.files, "oldest first; default: all, as configured")
            ->type_name("")
            ->check(refusal_of_empty);
        add_configuration(*verify, audit_.config_file, audit_.data_dir);
        verify->add_flag("--json", audit_.json, "print the findings as JSON");
        audit_command_ = verify;
    }

    CLI::App* add_for_one_job(const char* name, const char* what, std::string& id,
                              std::string& server, bool* json) {
        CLI::App* command = add_command(name, what);
        command->add_option("JOB", id, "its six-digit number, or its id")
            ->type_name("")
            ->required()
            ->check(refusal_of_id);
        if (json != nullptr) command->add_flag("--json", *json, "print the job as JSON");
        add_server(*command, server, choice_);
        return command;
    }

    [[nodiscard]] Result<Invocation> chosen(const Environment& environment) {
        if (capture_command_->parsed()) {
            if (auto completed = complete_capture(environment); !completed) {
                return std::unexpected(std::move(completed.error()));
            }
        }
        if (capture_.json && capture_.output_file == standard_output) {
            return refuse(Errc::usage, "--json: standard output is taken by -w -", "--json");
        }
        if (show_.json && show_.transcript) {
            return refuse(Errc::usage, "--transcript: is text: not with --json", "--transcript");
        }
        if (serve_command_->parsed()) return serve_;
        if (work_command_->parsed()) {
            if (work_for_) work_.longest = *base::parse_duration(*work_for_);
            return work_;
        }
        if (print_eem_command_->parsed()) {
            if (print_eem_for_) print_eem_.longest = *base::parse_duration(*print_eem_for_);
            return print_eem_;
        }
        if (print_config_command_->parsed()) return print_config_;
        if (check_command_->parsed()) return check_;
        if (audit_command_->parsed()) return audit_;
        if (capture_command_->parsed()) return with_server(capture_, environment);
        if (list_command_->parsed()) return with_server(list_, environment);
        if (show_command_->parsed()) return with_server(show_, environment);
        if (stop_command_->parsed()) return with_server(stop_, environment);
        if (delete_command_->parsed()) return with_server(delete_, environment);
        if (extend_command_->parsed()) return with_server(extend_, environment);
        if (tokens_->parsed()) return tokens_->chosen(environment);
        return Text{.text = app_.help(), .exit_code = base::traits(Errc::usage).exit_code};
    }

    [[nodiscard]] Result<void> complete_capture(const Environment& environment) {
        capture_.bidirectional = !one_way_;
        if (interface_) capture_.interfaces.insert(capture_.interfaces.begin(), *interface_);
        if (capture_.interfaces.empty()) {
            return refuse(Errc::usage, "INTERFACE: is required", "INTERFACE");
        }
        const bool segmented = capture_.segment_bytes || capture_.segment_duration;
        if (capture_.keep && !segmented) {
            return refuse(Errc::usage, "--keep: needs --segment-bytes or --segment-duration",
                          "--keep");
        }
        // a live one is one, whatever the files are
        if (segmented && capture_.output_file && capture_.output_file != standard_output) {
            return refuse(Errc::usage, "-w: a capture in segments has several files", "-w");
        }
        if (capture_.dry_run && capture_.output_file) {
            return refuse(Errc::usage, "-w: a dry run captures nothing", "-w");
        }
        if (!capture_.by) {
            const auto user = environment("USER");
            if (user && !user->empty() && base::is_plain_text(*user)) capture_.by = user;
        }
        return {};
    }

    template <typename Command>
    [[nodiscard]] Result<Invocation> with_server(Command command, const Environment& environment) {
        if (command.server.empty()) {
            command.server = environment(server_variable).value_or("");
            if (command.server.empty()) command.server = default_server;
            const std::string refusal = refusal_of_server(command.server);
            if (!refusal.empty()) {
                return refuse(Errc::usage, text(server_variable, ": ", refusal), server_variable);
            }
        }
        if (command.server.ends_with('/')) command.server.pop_back();
        auto credentials = complete(choice_, environment);
        if (!credentials) return std::unexpected(std::move(credentials.error()));
        command.credentials = std::move(*credentials);
        return command;
    }

    static std::string option_of(const CLI::ParseError& error) {
        const std::string_view message = error.what();
        return std::string(message.starts_with('-') ? message.substr(0, message.find(':')) : "");
    }

    CLI::App app_{
        "Packet capture as a service: ask for a capture, get a complete, verified pcap object."};
    CLI::App* capture_command_ = nullptr;
    CLI::App* list_command_ = nullptr;
    CLI::App* show_command_ = nullptr;
    CLI::App* stop_command_ = nullptr;
    CLI::App* delete_command_ = nullptr;
    CLI::App* extend_command_ = nullptr;
    CLI::App* serve_command_ = nullptr;
    CLI::App* work_command_ = nullptr;
    CLI::App* print_eem_command_ = nullptr;
    CLI::App* print_config_command_ = nullptr;
    CLI::App* check_command_ = nullptr;
    CLI::App* audit_command_ = nullptr;
    Capture capture_;
    List list_;
    Show show_;
    StopJob stop_;
    DeleteJob delete_;
    ExtendJob extend_;
    Serve serve_;
    Work work_;
    std::optional<std::string> work_for_;
    bool once_ = false;
    PrintEem print_eem_;
    std::optional<std::string> print_eem_for_;
    PrintIosxeConfig print_config_;
    Check check_;
    VerifyAudit audit_;
    std::optional<TokenOptions> tokens_;
    ServerChoice choice_;
    std::optional<std::string> interface_;
    bool one_way_ = false;
};

}  // namespace

Result<Invocation> parse(int argc, const char* const* argv, const Environment& environment) {
    Parser parser;
    return parser.parse(argc, argv, environment);
}

}  // namespace xpc::cli
