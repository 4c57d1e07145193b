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

constexpr std::string_view all_is_well("\0", 1);

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

/// A copy of one file, from its command to the first line of the answer. As long as it is there.
class Copy {
public:
    Copy(const DeviceSettings& settings, const std::string& path, const Asking& asking)
        : patience_{.stop = asking.stop, .deadline = base::in(asking.patience)},
          session_(settings, patience_),
          incoming_(session_, patience_) {
        const auto command = text("scp -f ", path);
        asking.note_said(command);
        session_.open_command(command, patience_);
        go_on();
        head_ = receive_head(incoming_);
        asking.note_answered(head_);
    }

    [[nodiscard]] const std::string& head() const noexcept { return head_; }

    [[nodiscard]] Incoming& incoming() noexcept { return incoming_; }

    void go_on() { session_.write(all_is_well, patience_); }

private:
    Patience patience_;
    SshSession session_;
    Incoming incoming_;
    std::string head_;
};

void await_turn(Turns& turns, const Asking& asking) {
    if (!turns.wait(asking.turn_by())) throw Failure(Errc::timeout, "other files are on their way");
}

bool says_denied(std::string_view lowered) {
    return lowered.contains("denied");
}

bool says_disabled(std::string_view lowered) {
    return lowered.contains("disabled");
}

/// Of whatever file.
bool says_why_none(std::string_view lowered) {
    return says_denied(lowered) || says_disabled(lowered);
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
    if (says_denied(lowered)) {
        return base::refuse(
            Errc::device_login,
            text("it gives files (SCP) only to a user who has privilege 15 at the login, which "
                 "\"enable\" does not change: it says ",
                 base::quoted(bare)));
    }
    const auto* const remedy =
        says_disabled(lowered) ? ": configure \"ip scp server enable\" there" : "";
    return base::refuse(Errc::device_refused,
                        text("it does not give the file: it says ", base::quoted(bare), remedy));
}

void ScpFiles::probe(const std::string& path, const Asking& asking) {
    await_turn(turns_, asking);
    const Turns::Turn turn(turns_);
    const Copy copy(settings_, path, asking);
    const auto head = parse_scp_head(copy.head());
    // that there is no such file is what one that gives files says
    if (!head && says_why_none(base::lower(copy.head()))) throw Failure(head.error());
}

void ScpFiles::fetch(const std::string& path, std::uint64_t bytes, base::Fd into,
                     const Asking& asking) {
    await_turn(turns_, asking);
    const Turns::Turn turn(turns_);
    Copy copy(settings_, path, asking);
    const auto head = base::value_or_throw(parse_scp_head(copy.head()));
    if (head.bytes != bytes) {
        throw Failure(Errc::device_file,
                      text("it gives ", head.bytes, " bytes of a file of ", bytes));
    }
    copy.go_on();
    for (std::uint64_t left = bytes; left > 0;) {
        const auto some = copy.incoming().some(left);
        base::write_all(into, some, "a file of this host");
        left -= some.size();
    }
    const auto status = copy.incoming().some(1);
    if (status != all_is_well) {
        throw Failure(Errc::device_file,
                      text("the file broke off: it says ", base::quoted(copy.incoming().line())));
    }
    copy.go_on();
}

}  // namespace xpc::capture::ios_xe
