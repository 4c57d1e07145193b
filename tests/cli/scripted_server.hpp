#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/stop.hpp"
#include "base/unique_fd.hpp"

namespace xpc::cli::tests {

struct ScriptedRequest {
    std::string method;
    std::string target;
    std::string body;
};

struct ScriptedReply {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::size_t missing_bytes = 0;  ///< of the body: announced, but not sent
};

/// An HTTP server on the loopback that answers what a test tells it to: for what a real server
/// does only when something breaks.
/// Threads: `script` runs in the server's thread, one request at a time.
class ScriptedServer {
public:
    using Script = std::function<ScriptedReply(const ScriptedRequest&)>;

    /// Port 0: one that is free.
    explicit ScriptedServer(Script script, std::uint16_t port = 0);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ScriptedServer(ScriptedServer&&) = delete;
    ScriptedServer& operator=(ScriptedServer&&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] std::string url() const;

private:
    void serve();
    void answer(const base::UniqueFd& connection);

    Script script_;
    base::UniqueFd listener_;
    std::uint16_t port_ = 0;
    base::Stop end_;
    std::jthread thread_;
};

/// A job as the server tells it, in that state. `more`: members in JSON, each after a comma, which
/// count in place of those of the same name.
[[nodiscard]] std::string job_json(const std::string& state, const std::string& delivery,
                                   const std::string& more = {});

}  // namespace xpc::cli::tests
