#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "cli/server_choice.hpp"

namespace xpc::cli {

inline constexpr const char* server_variable = "XEPACKETCAP_SERVER";
inline constexpr const char* default_server = "http://127.0.0.1:5000";
inline constexpr const char* standard_output = "-";

/// Run the server.
struct Serve {
    std::optional<std::string> config_file;
    std::optional<std::string> listen;
    std::optional<std::string> data_dir;
    bool check_config = false;  ///< read and check the configuration, then end
};

/// Run the captures that wait for a process which IOS has started.
struct Work {
    std::optional<std::string> config_file;
    std::optional<std::string> data_dir;
    std::chrono::milliseconds longest = std::chrono::seconds(840);
};

/// Print the applet that starts `work --once`.
struct PrintEem {
    std::optional<std::string> config_file;  ///< in the guestshell: it is not read
    std::string program = "/home/guestshell/xepacketcap";
    std::chrono::milliseconds longest = Work{}.longest;
};

/// Print the configuration of a device.
struct PrintIosxeConfig {
    std::optional<std::string> config_file;
    std::optional<std::string> device;
    bool catalyst = false;
    std::optional<std::string> guest;
    std::optional<std::string> outside;
    std::optional<std::string> vlan;  ///< decimal
    std::optional<std::string> name_server;
};

/// See whether all that a capture needs is there.
struct Check {
    std::optional<std::string> config_file;
    std::optional<std::string> data_dir;
    std::optional<std::string> interface;
    std::optional<std::string> bucket;
    bool json = false;
};

/// See whether an audit log is what was written.
struct VerifyAudit {
    std::optional<std::string> config_file;
    std::optional<std::string> data_dir;
    std::vector<std::string> files;  ///< oldest first; none: as configured
    bool json = false;
};

/// Ask for a capture and follow it. What is not given is left to the server's defaults.
struct Capture {
    std::vector<std::string> interfaces;  ///< one or more
    std::optional<std::string> proto;
    std::optional<std::string> src;
    std::optional<std::string> dst;
    std::optional<std::string> src_port;  ///< decimal, as the next
    std::optional<std::string> dst_port;
    std::optional<std::string> device;
    std::optional<std::string> buffer;  ///< decimal, of MiB
    bool circular = false;
    std::optional<std::string> pps;
    std::optional<std::string> filter;  ///< of pcap-filter(7)
    std::optional<std::string> direction;
    std::optional<std::string> snaplen;  ///< decimal, as the next
    std::optional<std::string> packets;
    std::optional<std::string> bytes;     ///< as base::parse_size reads it
    std::optional<std::string> duration;  ///< as base::parse_duration reads it
    std::optional<std::string> segment_bytes;
    std::optional<std::string> segment_duration;
    std::optional<std::string> keep;
    std::optional<std::string> format;
    std::optional<std::string> bucket;
    std::optional<std::string> key;
    std::optional<std::string> compression;
    std::optional<std::string> storage_class;
    std::optional<std::string> encryption;
    std::optional<std::string> kms_key;
    std::optional<std::string> bucket_owner;
    std::vector<std::string> tags;  ///< "NAME=VALUE", as the next
    std::vector<std::string> metadata;
    std::optional<std::string> by;
    std::optional<std::string> comment;
    bool bidirectional = true;
    std::optional<std::string> output_file;  ///< or standard_output
    bool overwrite = false;
    bool dry_run = false;
    bool json = false;
    std::string server;
    Credentials credentials{};
};

struct List {
    std::optional<unsigned> limit;
    std::optional<std::string> state;
    std::optional<std::string> delivery;
    std::optional<std::string> device;
    std::optional<std::string> interface;
    std::optional<std::string> by;
    std::optional<std::string> after;  ///< as the server reads times, as the next
    std::optional<std::string> before;
    bool all = false;  ///< also what the limit leaves out: then it is of one reply
    bool json = false;
    std::string server;
    Credentials credentials{};
};

struct Show {
    std::string id;  ///< a number or a UUID: hex digits and dashes only
    bool json = false;
    bool transcript = false;  ///< that, in place of the job
    std::string server;
    Credentials credentials{};
};

struct StopJob {
    std::string id;
    bool json = false;
    std::string server;
    Credentials credentials{};
};

struct DeleteJob {
    std::string id;
    std::string server;
    Credentials credentials{};
};

/// Where the tokens are that a command is about.
struct TokenPlace {
    std::string server;  ///< ask that one; empty: go to the data_dir, of a server that runs or not
    Credentials credentials{};
    std::optional<std::string> config_file;
    std::optional<std::string> data_dir;
};

/// Make a token. What is not given is no limit.
struct CreateToken {
    std::string name;
    std::vector<std::string> scopes;
    std::optional<std::string> expires_in;  ///< as base::parse_duration reads it
    std::vector<std::string> interfaces;
    std::vector<std::string> devices;
    std::vector<std::string> buckets;
    std::optional<std::string> duration;  ///< the longest; as base::parse_duration reads it
    std::optional<std::string> bytes;     ///< the most; as base::parse_size reads it
    std::optional<std::string> filter;
    bool json = false;
    TokenPlace place{};
};

struct ListTokens {
    bool json = false;
    TokenPlace place{};
};

struct RevokeToken {
    std::string id;  ///< 12 hex digits
    TokenPlace place{};
};

/// Move the end of a capture.
struct ExtendJob {
    std::string id;
    std::string duration;  ///< from its beginning, as base::parse_duration reads it
    bool json = false;
    std::string server;
    Credentials credentials{};
};

/// Nothing to do but to print: help, or the version.
struct Text {
    std::string text;
    int exit_code = 0;  ///< other than 0: for standard error
};

using Invocation =
    std::variant<Text, Serve, Work, PrintEem, PrintIosxeConfig, Check, VerifyAudit, Capture, List,
                 Show, StopJob, DeleteJob, ExtendJob, CreateToken, ListTokens, RevokeToken>;

/// What a person asked for. `by` of a capture is $USER where it is not given. `server` is set in
/// every command that has one: from --server, else from XEPACKETCAP_SERVER, else the default;
/// without a slash at its end; likewise its credentials. Errors: usage, with a message that names
/// the option, and the option in `field` where CLI11 tells.
[[nodiscard]] base::Result<Invocation> parse(int argc, const char* const* argv,
                                             const Environment& environment);

}  // namespace xpc::cli
