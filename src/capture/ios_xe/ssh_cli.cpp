#include "capture/ios_xe/ssh_cli.hpp"

#include "capture/ios_xe/epc_output.hpp"

namespace xpc::capture::ios_xe {

using base::Errc;
using base::Failure;

base::Result<std::string> SshCli::ask(const Batch& batch, const Asking& asking) {
    const auto lines = checked_lines(batch);
    if (!lines) return std::unexpected(lines.error());
    if (!turns_.wait(asking.turn_by())) {
        return base::refuse(Errc::timeout, "it is busy with other captures");
    }
    const Turns::Turn turn(turns_);
    if (refusal_ && base::Deadline::clock::now() < refused_until_) {
        return std::unexpected(*refusal_);
    }
    for (;;) {
        const bool was_there = shell_ != nullptr;
        try {
            return say_all(*lines, asking);
        } catch (const Failure& failure) {  // an answer like others
            // a connection that was closed while nobody spoke is made again, which one is once
            const bool is_stale = was_there && failure.error().errc == Errc::device_lost &&
                                  shell_ != nullptr && !shell_->has_heard();
            // after any failure it is not to be trusted
            shell_.reset();
            session_.reset();
            if (is_stale) continue;
            note_refusal(failure.error());
            return std::unexpected(failure.error());
        }
    }
}

std::string SshCli::say_all(const std::vector<std::string>& lines, const Asking& asking) {
    const Patience patience{.stop = asking.stop, .deadline = base::in(asking.patience)};
    if (!shell_) connect(patience);
    std::string answers;
    for (const std::string& line : lines) {
        asking.note_said(line);
        std::string answer;
        try {
            answer = without_secrets(shell_->say(line, patience));
        } catch (const Failure& failure) {  // the dialogue tells it too
            asking.note_answered(failure.error().message);
            throw;
        }
        asking.note_answered(answer);
        answers += answer;
    }
    return without_noise(answers);
}

void SshCli::note_refusal(const base::Error& error) {
    constexpr std::chrono::seconds pause{10};
    if (error.errc != Errc::device_login && error.errc != Errc::device_host_key) return;
    refusal_ = error;
    refused_until_ = base::in(pause);
}

void SshCli::connect(const Patience& patience) {
    session_ = std::make_unique<SshSession>(settings_, patience);
    session_->open_shell(patience);
    shell_ = std::make_unique<Shell>(*session_, settings_.enable_password, patience);
}

std::string SshCli::without_secrets(std::string answer) const {
    constexpr std::size_t least = 3;  // shorter ones would be found everywhere
    for (const std::string& secret : {settings_.password, settings_.enable_password}) {
        if (secret.size() < least) continue;
        for (auto at = answer.find(secret); at != std::string::npos;
             at = answer.find(secret, at + 3))
            answer.replace(at, secret.size(), "***");
    }
    return answer;
}

}  // namespace xpc::capture::ios_xe
