#include "capture/ios_xe/scp_files.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/write_all.hpp"
#include "capture/ios_xe/ssh_session.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;

constexpr std::string_view go_on("\0", 1);

/// What came and was not taken yet.
class Incoming {
public:
    Incoming(SshSession& session, const Patience& patience)
        : session_(session), patience_(patience) {}

    /// Up to and with the end of a line.
    std::string line() {
        constexpr std::size_t longest = 1024;
        for (;;) {
            if (const auto end = bytes_.find('\n'); end != std::string::npos) return take(end + 1);
            if (bytes_.size() > longest) throw Failure(Errc::device_refused, "it speaks no SCP");
            more();
        }
    }

    /// Some bytes, `most` at most.
    std::string some(std::uint64_t most) {
        if (bytes_.empty()) more();
        return take(static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes_.size())));
    }

private:
    void more() {
        const auto some = session_.read_some(patience_);
        if (some.empty()) throw Failure(Errc::timeout, "the file does not come in time");
        bytes_ += some;
    }

    std::string take(std::size_t count) {
        std::string taken = bytes_.substr(0, count);
        bytes_.erase(0, count);
        return taken;
    }

    SshSession& session_;
    Patience patience_;
    std::string bytes_;
};

std::string receive_head(Incoming& incoming) {
    try {
        return incoming.line();
    } catch (const Failure& failure) {  // how a device refuses that has no SCP server
        if (failure.error().errc != Errc::device_lost) throw;
        throw Failure(Errc::device_refused,
                      "it does not give files: configure \"ip scp server enable\" there");
    }
}

}  // namespace

base::Result<ScpHead> parse_scp_head(std::string_view line) {
    const auto bare = base::trimmed(line);
    const auto words = base::split(bare, ' ');
    if (words.size() >= 3 && words[0].starts_with('C')) {
        if (const auto bytes = base::parse_decimal<std::uint64_t>(words[1])) {
            return ScpHead{.bytes = *bytes};
        }
    }
    const auto lowered = base::lower(bare);
    if (lowered.contains("denied")) {
        return base::refuse(
            Errc::device_login,
            text("it gives files (SCP) only to a user who has privilege 15 at the login, which "
                 "\"enable\" does not change: it says ",
                 base::quoted(bare)));
    }
    const auto* const remedy =
        lowered.contains("disabled") ? ": configure \"ip scp server enable\" there" : "";
    return base::refuse(Errc::device_refused,
                        text("it does not give the file: it says ", base::quoted(bare), remedy));
}

void ScpFiles::probe(const std::string& path, const Asking& asking) {
    if (!turns_.wait(asking.turn_by()))
        throw Failure(Errc::timeout, "other files are on their way");
    const Turns::Turn turn(turns_);
    const Patience patience{.stop = asking.stop, .deadline = base::in(asking.patience)};
    SshSession session(settings_, patience);
    session.open_command(text("scp -f ", path), patience);
    session.write(go_on, patience);
    Incoming incoming(session, patience);
    const auto line = receive_head(incoming);
    const auto head = parse_scp_head(line);
    // that there is no such file is what one that gives files says
    const auto lowered = base::lower(line);
    if (!head && (lowered.contains("denied") || lowered.contains("disabled"))) {
        throw Failure(head.error());
    }
}

void ScpFiles::fetch(const std::string& path, std::uint64_t bytes, base::Fd into,
                     const Asking& asking) {
    if (!turns_.wait(asking.turn_by()))
        throw Failure(Errc::timeout, "other files are on their way");
    const Turns::Turn turn(turns_);
    const Patience patience{.stop = asking.stop, .deadline = base::in(asking.patience)};
    SshSession session(settings_, patience);
    const auto command = text("scp -f ", path);
    asking.note_said(command);
    session.open_command(command, patience);
    session.write(go_on, patience);
    Incoming incoming(session, patience);
    const auto line = receive_head(incoming);
    asking.note_answered(line);
    const auto head = base::value_or_throw(parse_scp_head(line));
    if (head.bytes != bytes) {
        throw Failure(Errc::device_file,
                      text("it gives ", head.bytes, " bytes of a file of ", bytes));
    }
    session.write(go_on, patience);
    for (std::uint64_t left = bytes; left > 0;) {
        const auto some = incoming.some(left);
        base::write_all(into, some, "a file of this host");
        left -= some.size();
    }
    const auto status = incoming.some(1);
    if (status != go_on) {
        throw Failure(Errc::device_file,
                      text("the file broke off: it says ", base::quoted(incoming.line())));
    }
    session.write(go_on, patience);
}

}  // namespace xpc::capture::ios_xe
