#include "cli/scripted_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace xpc::cli::tests {

using base::text;

ScriptedServer::ScriptedServer(Script script, std::uint16_t port)
    : script_(std::move(script)),
      listener_(base::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    const int on = 1;
    ::setsockopt(listener_.raw(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (::bind(listener_.raw(), generic, length) != 0 || ::listen(listener_.raw(), 8) != 0 ||
        ::getsockname(listener_.raw(), generic, &length) != 0) {
        throw base::Failure::from_errno("scripted server", errno);
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
    end_.request();
}

std::string ScriptedServer::url() const {
    return text("http://127.0.0.1:", port_);
}

void ScriptedServer::serve() {
    while (base::wait(listener_, end_, base::never) == base::Woken::ready) {
        const auto connection =
            base::UniqueFd::adopt(::accept4(listener_.raw(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection.valid()) answer(connection);
    }
}

void ScriptedServer::answer(const base::UniqueFd& connection) {
    std::string received;
    std::size_t wanted = 0;
    std::size_t head_end = std::string::npos;
    std::array<char, 4096> buffer{};
    while (head_end == std::string::npos || received.size() < wanted) {
        if (base::wait(connection, end_, base::in(std::chrono::seconds(5))) != base::Woken::ready) {
            return;
        }
        const ssize_t got = ::recv(connection.raw(), buffer.data(), buffer.size(), 0);
        if (got <= 0) return;
        received.append(buffer.data(), static_cast<std::size_t>(got));
        head_end = received.find("\r\n\r\n");
        if (head_end == std::string::npos) continue;
        const std::string head = base::lower(received.substr(0, head_end));
        const auto at = head.find("content-length: ");
        std::size_t body_bytes = 0;
        if (at != std::string::npos) {
            std::from_chars(head.data() + at + 16, head.data() + head.size(), body_bytes);
        }
        wanted = head_end + 4 + body_bytes;
    }
    const auto words = base::split(std::string_view(received).substr(0, received.find('\r')), ' ');
    const ScriptedReply reply = script_({.method = std::string(words.at(0)),
                                         .target = std::string(words.at(1)),
                                         .body = received.substr(head_end + 4)});
    std::string out = text("HTTP/1.1 ", reply.status, " Scripted\r\nConnection: close\r\n");
    if (reply.status != 204) out += text("Content-Length: ", reply.body.size(), "\r\n");
    for (const auto& [name, value] : reply.headers)
        out += text(name, ": ", value, "\r\n");
    out += "\r\n";
    out += reply.body.substr(0, reply.body.size() - reply.missing_bytes);
    [[maybe_unused]] const auto sent =
        ::send(connection.raw(), out.data(), out.size(), MSG_NOSIGNAL);
}

std::string job_json(const std::string& state, const std::string& delivery,
                     const std::string& more) {
    const auto job = base::parse_json(
        text(R"({"id":"019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77","number":905928,"state":")", state,
             R"(","delivery":")", delivery,
             R"(","stop_reason":null,"request":{"device":"local","interface":"eth0",)",
             R"("proto":"udp","src":"any","dst":"10.0.0.2","bidirectional":true,"duration":10,)",
             R"("bucket":"xepacketcap"},"counters":{"received":1246,"captured":1234,)",
             R"("filtered":0,"dropped":{"ring":10,"queue":2,"disk":0},"bytes":123456},)",
             R"("url":"http://127.0.0.1:5000/objects/xepacketcap/1.pcap","object":null,)",
             R"("errors":[],"created_at":"2026-11-23T08:15:30.123456Z",)",
             R"("started_at":"2026-11-23T08:15:30.131002Z",)",
             R"("stopped_at":"2026-11-23T08:15:40.131002Z","delivered_at":null})"));
    const auto added = base::parse_json(text('{', more.empty() ? more : more.substr(1), '}'));
    base::Json::Object members = *job.value().object();
    for (const base::Json::Member& member : *added.value().object()) {
        const auto same = std::ranges::find(members, member.name, &base::Json::Member::name);
        if (same == members.end()) {
            members.push_back(member);
        } else {
            same->value = member.value;
        }
    }
    return base::Json(std::move(members)).dump();
}

}  // namespace xpc::cli::tests
