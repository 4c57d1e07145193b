#include "capture/ios_xe/ssh_session.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>

#include <libssh2.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/text.hpp"
#include "capture/ios_xe/host_key.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;
using base::UniqueFd;

[[noreturn]] void give_up(base::Woken woken) {
    if (woken == base::Woken::stopped) throw Failure(Errc::cancelled, "cancelled");
    throw Failure(Errc::timeout, "it does not answer in time");
}

void initialise_once() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (libssh2_init(0) != 0) throw Failure(Errc::internal, "libssh2 does not start");
    });
}

/// One of the addresses, connected; -1 and errno where it can not be.
UniqueFd connected(const addrinfo& address, const Patience& patience) {
    auto fd = UniqueFd::adopt(
        ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!fd.valid()) return fd;
    const int on = 1;
    ::setsockopt(fd.raw(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd.raw(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (::connect(fd.raw(), address.ai_addr, address.ai_addrlen) == 0) return fd;
    if (errno != EINPROGRESS) return {};
    const auto woken = base::wait_writable(fd, false, patience.stop, patience.deadline);
    if (woken != base::Woken::ready) give_up(woken);
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd.raw(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error == 0) return fd;
    errno = error;
    return {};
}

UniqueFd connect_to(const DeviceSettings& settings, const Patience& patience) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto port = std::to_string(settings.port);
    const auto where = text(settings.host, " port ", port);
    if (const int failed = ::getaddrinfo(settings.host.c_str(), port.c_str(), &hints, &found);
        failed != 0) {
        throw Failure(Errc::device_unreachable, text(where, ": ", ::gai_strerror(failed)));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    int error = 0;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        if (auto fd = connected(*one, patience); fd.valid()) return fd;
        error = errno;
    }
    throw Failure(Errc::device_unreachable,
                  text(where, ": ", std::generic_category().message(error)));
}

/// A device whose lines are all in use says so, or nothing, in place of SSH's first line.
void check_greeting(base::Fd fd, const Patience& patience) {
    const auto woken = base::wait(fd, patience.stop, patience.deadline);
    if (woken != base::Woken::ready) give_up(woken);
    std::array<char, 256> first{};
    const auto got = ::recv(fd.raw(), first.data(), first.size(), MSG_PEEK);
    if (got <= 0) {
        throw Failure(Errc::device_lines_full,
                      "it closes the connection at once, as it does when all its lines are in use");
    }
    const std::string_view said(first.data(), static_cast<std::size_t>(got));
    const auto lowered = base::lower(said);
    if (!said.contains("SSH-") &&
        (said.starts_with('%') || lowered.contains("refused") || lowered.contains("lines"))) {
        throw Failure(Errc::device_lines_full, text("it says ", base::quoted(base::trimmed(said))));
    }
}

// What is safe (RFC 9142, RFC 8758), and behind it what is not any more. Of RSA keys libssh2 1.10
// knows only the signature by SHA-1.
constexpr auto methods = std::to_array<std::array<const char*, 2>>({
    {"curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
     "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
     "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256",
     ",diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"},
    {"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
     "rsa-sha2-256",
     ",ssh-rsa"},
    {"aes256-ctr,aes192-ctr,aes128-ctr", ",aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc"},
    {"hmac-sha2-256,hmac-sha2-512", ",hmac-sha1"},
});

void prefer(LIBSSH2_SESSION* session, bool old_too) {
    const auto set = [&](int method, const std::array<const char*, 2>& names) {
        const auto list = text(names[0], old_too ? names[1] : "");
        libssh2_session_method_pref(session, method, list.c_str());
    };
    set(LIBSSH2_METHOD_KEX, methods[0]);
    set(LIBSSH2_METHOD_HOSTKEY, methods[1]);
    for (const int method : {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC})
        set(method, methods[2]);
    for (const int method : {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC})
        set(method, methods[3]);
}

/// Answers each question of keyboard-interactive with the password.
void answer_prompts(const char* /*name*/, int /*name_len*/, const char* /*instruction*/,
                    int /*instruction_len*/, int count,
                    const LIBSSH2_USERAUTH_KBDINT_PROMPT* /*prompts*/,
                    LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract) {
    const auto& password = *static_cast<const std::string*>(*abstract);
    for (int i = 0; i < count; ++i) {
        responses[i].text = ::strdup(password.c_str());  // libssh2 frees it
        responses[i].length = static_cast<unsigned>(password.size());
    }
}

}  // namespace

class SshSession::Connection {
private:
    struct EndSession {
        void operator()(LIBSSH2_SESSION* session) const noexcept { libssh2_session_free(session); }
    };

    struct EndChannel {
        void operator()(LIBSSH2_CHANNEL* channel) const noexcept { libssh2_channel_free(channel); }
    };

    [[nodiscard]] base::Woken wait(const Patience& patience) {
        const auto directions =
            static_cast<unsigned>(libssh2_session_block_directions(session_.get()));
        if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) == 0) {
            return base::wait(fd_, patience.stop, patience.deadline);
        }
        const bool also_in = (directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0;
        return base::wait_writable(fd_, also_in, patience.stop, patience.deadline);
    }

    /// `call` until it is done, or has failed.
    template <typename Call>
    auto repeat(Call call, const Patience& patience) {
        for (;;) {
            const auto result = call();
            if (result != LIBSSH2_ERROR_EAGAIN) return result;
            if (const auto woken = wait(patience); woken != base::Woken::ready) give_up(woken);
        }
    }

    template <typename Call>
    auto* repeat_pointer(Call call, const Patience& patience) {
        for (;;) {
            auto* const result = call();
            if (result != nullptr ||
                libssh2_session_last_errno(session_.get()) != LIBSSH2_ERROR_EAGAIN) {
                return result;
            }
            if (const auto woken = wait(patience); woken != base::Woken::ready) give_up(woken);
        }
    }

public:
    Connection(const DeviceSettings& settings, const Patience& patience)
        : password_(settings.password) {
        initialise_once();
        fd_ = connect_to(settings, patience);
        check_greeting(fd_, patience);
        session_.reset(libssh2_session_init_ex(nullptr, nullptr, nullptr, &password_));
        if (!session_) throw Failure(Errc::no_memory, "an SSH session: no memory");
        libssh2_session_set_blocking(session_.get(), 0);
        prefer(session_.get(), settings.old_algorithms);
        if (const int failed = repeat(
                [&] { return libssh2_session_handshake(session_.get(), fd_.raw()); }, patience);
            failed != 0) {
            throw handshake_failure(failed, settings);
        }
        check_host_key(session_.get(), settings);
        log_in(settings, patience);
    }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    /// Says that it goes, and does not wait for an answer: libssh2 frees nothing while it waits.
    ~Connection() {
        if (!session_) return;
        libssh2_session_disconnect(session_.get(), "done");
        ::shutdown(fd_.raw(), SHUT_RDWR);
    }

    void open_channel(const Patience& patience) {
        channel_.reset(
            repeat_pointer([&] { return libssh2_channel_open_session(session_.get()); }, patience));
        if (!channel_) throw lost("it opens no channel");
    }

    void open_shell(const Patience& patience) {
        open_channel(patience);
        constexpr std::string_view terminal = "vt100";
        constexpr int columns = 511;
        constexpr int rows = 512;
        const int got = repeat(
            [&] {
                return libssh2_channel_request_pty_ex(channel_.get(), terminal.data(),
                                                      static_cast<unsigned>(terminal.size()),
                                                      nullptr, 0, columns, rows, 0, 0);
            },
            patience);
        if (got != 0) throw lost("it gives no terminal");
        if (repeat([&] { return libssh2_channel_shell(channel_.get()); }, patience) != 0) {
            throw lost("it gives no command line");
        }
    }

    void open_command(const std::string& command, const Patience& patience) {
        open_channel(patience);
        if (repeat([&] { return libssh2_channel_exec(channel_.get(), command.c_str()); },
                   patience) != 0) {
            throw Failure(Errc::device_refused, text("it does not take ", base::quoted(command)));
        }
    }

    std::string read_some(const Patience& patience) {
        std::string bytes(std::size_t{32} << 10U, '\0');
        for (;;) {
            const auto got = libssh2_channel_read(channel_.get(), bytes.data(), bytes.size());
            if (got > 0) {
                bytes.resize(static_cast<std::size_t>(got));
                return bytes;
            }
            if (got != LIBSSH2_ERROR_EAGAIN) {
                if (got < 0) throw lost("the connection broke");
                if (libssh2_channel_eof(channel_.get()) != 0)
                    throw lost("it closed the connection");
            }
            const auto woken = wait(patience);
            if (woken == base::Woken::stopped) give_up(woken);
            if (woken == base::Woken::deadline) return {};
        }
    }

    void write(std::string_view bytes, const Patience& patience) {
        while (!bytes.empty()) {
            const auto written = repeat(
                [&] { return libssh2_channel_write(channel_.get(), bytes.data(), bytes.size()); },
                patience);
            if (written < 0) throw lost("the connection broke");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

private:
    [[nodiscard]] std::string last_words() const {
        char* words = nullptr;
        libssh2_session_last_error(session_.get(), &words, nullptr, 0);
        return words == nullptr ? "" : words;
    }

    [[nodiscard]] Failure lost(std::string_view what) const {
        return {Errc::device_lost, text(what, " (", last_words(), ")")};
    }

    [[nodiscard]] Failure handshake_failure(int failed, const DeviceSettings& settings) const {
        if (failed == LIBSSH2_ERROR_KEX_FAILURE || failed == LIBSSH2_ERROR_METHOD_NONE ||
            failed == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE) {
            const auto* const hint =
                settings.old_algorithms
                    ? ""
                    : "; if it is old, or has only an RSA key, configure old_algorithms = true";
            return {Errc::device_refused, text("it knows no SSH algorithms that are allowed here (",
                                               last_words(), ")", hint)};
        }
        return {Errc::device_unreachable, text("no SSH connection (", last_words(), ")")};
    }

    void log_in(const DeviceSettings& settings, const Patience& patience) {
        const auto& user = settings.user;
        const auto length = static_cast<unsigned>(user.size());
        const char* const offered = repeat_pointer(
            [&] { return libssh2_userauth_list(session_.get(), user.c_str(), length); }, patience);
        if (offered == nullptr && libssh2_userauth_authenticated(session_.get()) != 0) return;
        const std::string list = offered == nullptr ? "" : offered;
        std::string why;
        const auto try_one = [&](std::string_view method, bool is_wanted, auto call) {
            if (!is_wanted || !list.contains(method)) return false;
            const int result = repeat(call, patience);
            if (result == 0) return true;
            if (result == LIBSSH2_ERROR_SOCKET_DISCONNECT || result == LIBSSH2_ERROR_SOCKET_RECV) {
                throw Failure(Errc::device_login,
                              text("it closed the connection while ", user, " logged in"));
            }
            why += text("; ", method, ": ", last_words());
            return false;
        };
        const auto key = settings.key_file.native();
        if (try_one("publickey", !key.empty(),
                    [&] {
                        return libssh2_userauth_publickey_fromfile_ex(
                            session_.get(), user.c_str(), length, nullptr, key.c_str(), nullptr);
                    }) ||
            try_one("password", !settings.password.empty(),
                    [&] {
                        return libssh2_userauth_password_ex(
                            session_.get(), user.c_str(), length, settings.password.c_str(),
                            static_cast<unsigned>(settings.password.size()), nullptr);
                    }) ||
            try_one("keyboard-interactive", !settings.password.empty(), [&] {
                return libssh2_userauth_keyboard_interactive_ex(session_.get(), user.c_str(),
                                                                length, &answer_prompts);
            })) {
            return;
        }
        throw Failure(Errc::device_login, text("it does not let ", user, " in; it offers ",
                                               list.empty() ? "nothing" : list, why));
    }

    std::string password_;  // outlives the session, which has its address
    UniqueFd fd_;
    std::unique_ptr<LIBSSH2_SESSION, EndSession> session_;
    std::unique_ptr<LIBSSH2_CHANNEL, EndChannel> channel_;
};

SshSession::SshSession(const DeviceSettings& settings, const Patience& patience)
    : connection_(std::make_unique<Connection>(settings, patience)) {}

SshSession::~SshSession() = default;

void SshSession::open_shell(const Patience& patience) {
    connection_->open_shell(patience);
}

void SshSession::open_command(const std::string& command, const Patience& patience) {
    connection_->open_command(command, patience);
}

std::string SshSession::read_some(const Patience& patience) {
    return connection_->read_some(patience);
}

void SshSession::write(std::string_view bytes, const Patience& patience) {
    connection_->write(bytes, patience);
}

}  // namespace xpc::capture::ios_xe
