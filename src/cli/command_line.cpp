#include "cli/command_line.hpp"

#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/help_texts.hpp"
#include "cli/option_checks.hpp"

namespace xpc::cli {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

constexpr const char* server_variable = "XEPACKETCAP_SERVER";

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
        delete_command_ = add_for_one_job("delete", "remove an ended job, and its file", delete_.id,
                                          delete_.server, nullptr);
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
        command->add_option("-i,--interface", capture_.interfaces, "one more; may be given again")
            ->option_text("NAME")
            ->allow_extra_args(false)
            ->check(refusal_of_empty);
        option(*command, "-p,--proto", capture_.proto, "PROTO",
               "ip tcp udp icmp ospf eigrp any; default any");
        option(*command, "-s,--src", capture_.src, "ADDRESS",
               "IPv4 or IPv6, or a network such as 10.0.0.0/8; default any");
        option(*command, "--dst", capture_.dst, "ADDRESS", "likewise");
        option(*command, "--src-port", capture_.src_port, "N", "of tcp or udp")
            ->check(refusal_of_count);
        option(*command, "--dst-port", capture_.dst_port, "N", "likewise")->check(refusal_of_count);
        option(*command, "-d,--duration", capture_.duration, "TIME",
               "such as 90, 30s, 10m, 2h; default 60 s")
            ->check(refusal_of_duration);
        add_limits(*command);
        add_device(*command);
        add_object(*command);
        option(*command, "--by", capture_.by, "NAME", "who asks; default $USER");
        option(*command, "--comment", capture_.comment, "TEXT", "why, for whoever finds the file");
        command->add_flag("--one-way", one_way_, "only from src to dst, no replies");
        option(*command, "-w,--write", capture_.output_file, "FILE",
               "download the capture; - is standard output");
        command->add_flag("-f,--force", capture_.overwrite, "let -w replace a file");
        command->add_flag("--json", capture_.json, "print the final job as JSON");
        add_server(*command, capture_.server);
        capture_command_ = command;
    }

    void add_limits(CLI::App& command) {
        option(command, "--filter", capture_.filter, "EXPR",
               "of pcap-filter(7), such as 'port 53'; also has to match");
        option(command, "--direction", capture_.direction, "WAY", "both, in or out; default both")
            ->check(CLI::IsMember({"both", "in", "out"}));
        option(command, "--snaplen", capture_.snaplen, "N", "keep N bytes of each packet")
            ->check(refusal_of_count);
        option(command, "-c,--packets", capture_.packets, "N", "end after N packets")
            ->check(refusal_of_count);
        option(command, "--bytes", capture_.bytes, "SIZE", "end at this size, such as 10MiB")
            ->check(refusal_of_size);
        option(command, "--segment-bytes", capture_.segment_bytes, "SIZE",
               "begin another file at this size")
            ->check(refusal_of_size);
        option(command, "--segment-duration", capture_.segment_duration, "TIME",
               "begin another file after this time")
            ->check(refusal_of_duration);
        option(command, "--keep", capture_.keep, "N", "keep only the last N files")
            ->check(refusal_of_count);
        option(command, "--format", capture_.format, "FORMAT", "pcapng or pcap; default pcapng")
            ->check(CLI::IsMember({"pcapng", "pcap"}));
    }

    void add_device(CLI::App& command) {
        option(command, "--device", capture_.device, "NAME",
               "that has the interface; default local, the server's host");
        option(command, "--buffer", capture_.buffer, "MIB", "of the device, 1 to 100")
            ->check(refusal_of_count);
        command.add_flag("--circular", capture_.circular,
                         "that buffer keeps the last packets, not the first");
        option(command, "--pps", capture_.pps, "N", "packets a second that the device keeps")
            ->check(refusal_of_count);
    }

    void add_object(CLI::App& command) {
        option(command, "-b,--bucket", capture_.bucket, "NAME", "where the pcap object goes");
        option(command, "--key", capture_.key, "TEMPLATE",
               "its name, such as '{date}/{interface}/{job}'");
        option(command, "--compress", capture_.compression, "HOW", "zstd or none; default none")
            ->check(CLI::IsMember({"zstd", "none"}));
        option(command, "--storage-class", capture_.storage_class, "CLASS",
               "of S3, such as STANDARD_IA");
        option(command, "--encryption", capture_.encryption, "HOW",
               "at rest in S3: AES256, aws:kms or aws:kms:dsse")
            ->check(CLI::IsMember({"AES256", "aws:kms", "aws:kms:dsse"}));
        option(command, "--kms-key", capture_.kms_key, "KEY", "id, alias or ARN, with aws:kms");
        option(command, "--bucket-owner", capture_.bucket_owner, "ACCOUNT",
               "refuse a bucket of anybody else");
        labels(command, "--tag", capture_.tags, "tag of the object in S3; may be given again");
        labels(command, "--metadata", capture_.metadata, "metadata, likewise");
    }

    static void labels(CLI::App& command, const char* name, std::vector<std::string>& value,
                       const char* what) {
        command.add_option(name, value, what)
            ->option_text("NAME=VALUE")
            ->allow_extra_args(false)
            ->check(refusal_of_label);
    }

    void add_list() {
        CLI::App* command = add_command("list", "list jobs, newest first");
        command->add_option("-n,--limit", list_.limit, "at most so many; default 100")
            ->option_text("N")
            ->check(CLI::Range(1U, 1000U));
        option(*command, "--state", list_.state, "STATE",
               "queued, starting, running, stopping or stopped")
            ->check(CLI::IsMember({"queued", "starting", "running", "stopping", "stopped"}));
        option(*command, "--delivery", list_.delivery, "HOW",
               "none, uploading, delivered or failed")
            ->check(CLI::IsMember({"none", "uploading", "delivered", "failed"}));
        command->add_flag("--json", list_.json, "print the server's reply as JSON");
        add_server(*command, list_.server);
        list_command_ = command;
    }

    void add_serve() {
        CLI::App* command = add_command("serve", "run the server");
        command->footer(help_texts::serve);
        add_configuration(*command, serve_.config_file, serve_.data_dir);
        option(*command, "--listen", serve_.listen, "ADDRESS:PORT", "default 127.0.0.1:5000");
        command->add_flag("--check-config", serve_.check_config, "check the configuration and end");
        serve_command_ = command;
    }

    void add_work() {
        CLI::App* command = add_command("work", "run the captures of a guestshell's own device");
        command->footer(help_texts::work);
        add_configuration(*command, work_.config_file, work_.data_dir);
        command->add_flag("--once", once_, "until there is nothing to do: the only way there is")
            ->required();
        option(*command, "--for", work_for_, "TIME",
               "at the longest; default 840 s, for an applet with maxrun 900")
            ->check(refusal_of_duration);
        work_command_ = command;
    }

    void add_prints() {
        CLI::App* eem = add_command("print-eem", "print the applet of IOS that starts work --once");
        eem->add_option("--program", print_eem_.program, "where it is in the guestshell")
            ->option_text("PATH");
        option(*eem, "-c,--config", print_eem_.config_file, "FILE", "likewise; default none");
        option(*eem, "--for", print_eem_for_, "TIME", "of work; maxrun is a minute more")
            ->check(refusal_of_duration);
        print_eem_command_ = eem;

        PrintIosxeConfig& print = print_config_;
        CLI::App* config =
            add_command("print-iosxe-config", "print the configuration of IOS for a device");
        config->footer(help_texts::print_iosxe_config);
        option(*config, "-c,--config", print.config_file, "FILE", "TOML, as of serve");
        option(*config, "--device", print.device, "NAME", "needed where there are several");
        config->add_flag("--catalyst", print.catalyst, "a switch, and not a router");
        option(*config, "--guest", print.guest, "ADDRESS/BITS",
               "of the guestshell; default 192.168.99.2/24");
        option(*config, "--outside", print.outside, "INTERFACE",
               "of the router, by which the guestshell reaches others");
        option(*config, "--vlan", print.vlan, "N", "of a Catalyst")->check(refusal_of_count);
        option(*config, "--name-server", print.name_server, "ADDRESS", "of the guestshell");
        print_config_command_ = config;
    }

    void add_check() {
        CLI::App* command = add_command("check", "see whether all that a capture needs is there");
        command->footer(help_texts::check);
        add_configuration(*command, check_.config_file, check_.data_dir);
        command->add_option("-i,--interface", check_.interface, "to capture from; default lo")
            ->option_text("NAME")
            ->check(refusal_of_empty);
        option(*command, "-b,--bucket", check_.bucket, "NAME",
               "write to it, in one piece and in parts, and delete that");
        command->add_flag("--json", check_.json, "print the findings as JSON");
        check_command_ = command;
    }

    CLI::App* add_for_one_job(const char* name, const char* what, std::string& id,
                              std::string& server, bool* json) {
        CLI::App* command = add_command(name, what);
        command->add_option("JOB", id, "its six-digit number, or its id")
            ->type_name("")
            ->required()
            ->check(refusal_of_id);
        if (json != nullptr) command->add_flag("--json", *json, "print the job as JSON");
        add_server(*command, server);
        return command;
    }

    static CLI::Option* option(CLI::App& command, const char* names,
                               std::optional<std::string>& value, const char* value_name,
                               const char* what) {
        return command.add_option(names, value, what)
            ->option_text(value_name)
            ->check(refusal_of_empty);
    }

    static void add_configuration(CLI::App& command, std::optional<std::string>& file,
                                  std::optional<std::string>& data_dir) {
        option(command, "-c,--config", file, "FILE", "TOML; default /etc/xepacketcap.toml");
        option(command, "--data-dir", data_dir, "FOLDER", "job store, spool and objects");
    }

    static void add_server(CLI::App& command, std::string& server) {
        command
            .add_option("--server", server,
                        text("default $", server_variable, " or ", default_server))
            ->option_text("URL")
            ->check(refusal_of_server);
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
        if (capture_command_->parsed()) return with_server(capture_, environment);
        if (list_command_->parsed()) return with_server(list_, environment);
        if (show_command_->parsed()) return with_server(show_, environment);
        if (stop_command_->parsed()) return with_server(stop_, environment);
        if (delete_command_->parsed()) return with_server(delete_, environment);
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
        if (segmented && capture_.output_file) {
            return refuse(Errc::usage, "-w: a capture in segments has several files", "-w");
        }
        if (!capture_.by) {
            const auto user = environment("USER");
            if (user && !user->empty() && base::is_plain_text(*user)) capture_.by = user;
        }
        return {};
    }

    template <typename Command>
    [[nodiscard]] static Result<Invocation> with_server(Command command,
                                                        const Environment& environment) {
        if (command.server.empty()) {
            command.server = environment(server_variable).value_or("");
            if (command.server.empty()) command.server = default_server;
            const std::string refusal = refusal_of_server(command.server);
            if (!refusal.empty()) {
                return refuse(Errc::usage, text(server_variable, ": ", refusal), server_variable);
            }
        }
        if (command.server.ends_with('/')) command.server.pop_back();
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
    CLI::App* serve_command_ = nullptr;
    CLI::App* work_command_ = nullptr;
    CLI::App* print_eem_command_ = nullptr;
    CLI::App* print_config_command_ = nullptr;
    CLI::App* check_command_ = nullptr;
    Capture capture_;
    List list_;
    Show show_;
    StopJob stop_;
    DeleteJob delete_;
    Serve serve_;
    Work work_;
    std::optional<std::string> work_for_;
    bool once_ = false;
    PrintEem print_eem_;
    std::optional<std::string> print_eem_for_;
    PrintIosxeConfig print_config_;
    Check check_;
    std::optional<std::string> interface_;
    bool one_way_ = false;
};

}  // namespace

Result<Invocation> parse(int argc, const char* const* argv, const Environment& environment) {
    Parser parser;
    return parser.parse(argc, argv, environment);
}

}  // namespace xpc::cli
