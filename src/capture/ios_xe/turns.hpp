#pragma once

#include "base/channel.hpp"

namespace xpc::capture::ios_xe {

/// Lets one at a time do something that takes long, and so is not done under a lock.
/// Threads: any.
class Turns {
    struct Token {};

public:
    Turns() { give_back(); }

    /// Whose turn it is.
    class Turn {
    public:
        explicit Turn(Turns& turns) : turns_(turns) {}

        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn(Turn&&) = delete;
        Turn& operator=(Turn&&) = delete;

        ~Turn() { turns_.give_back(); }

    private:
        Turns& turns_;
    };

    /// Blocks until all before are done. False at the deadline; else a Turn has to be made.
    [[nodiscard]] bool wait(base::Deadline deadline) { return tokens_.pop(deadline).has_value(); }

private:
    void give_back() {
        Token token;
        [[maybe_unused]] const bool is_back = tokens_.try_push(token);
    }

    base::Channel<Token> tokens_{1};
};

}  // namespace xpc::capture::ios_xe
