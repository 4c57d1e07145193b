#include "api/http_server.hpp"

#include <cerrno>
#include <cstddef>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "api/http_connection.hpp"
#include "api/outbox.hpp"
#include "api/tls_context.hpp"
#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"

namespace xpc::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::text;
using boost::system::error_code;

/// Connections that are being refused at the same time; further ones wait in the kernel's queue.
constexpr std::size_t most_surplus = 256;

std::string printable(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return endpoint.address().is_v6() ? text("[", host, "]:", endpoint.port())
                                      : text(host, ":", endpoint.port());
}

/// When the last copy of what is returned has gone, `all_gone` is there.
std::shared_ptr<void> told_at_end(std::future<void>& all_gone) {
    auto last = std::make_shared<std::promise<void>>();
    all_gone = last->get_future();
    return {nullptr, [last](std::nullptr_t) { last->set_value(); }};
}

}  // namespace

class HttpServer::State {
public:
    explicit State(HttpServerOptions given);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    State(State&&) = delete;
    State& operator=(State&&) = delete;

    void serve(LateHandler given);
    void accept();
    void reload_certificate();
    [[nodiscard]] std::string certificate() const;

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

private:
    void accepted(error_code error, tcp::socket socket);
    [[nodiscard]] bool become_stream();
    void connection_ended(Place place);
    void make_room();
    void wait_for_room();
    void start_thread();

    [[nodiscard]] bool is_full() const noexcept {
        return connections_ >= options_.most_connections;
    }

    HttpServerOptions options_;
    LateHandler handler_;
    std::string address_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> streams_ = 0;
    std::future<void> all_answered_;  // when nobody has a copy of the terms' `answering` any more
    std::future<void> all_said_;      // likewise, of `speaking_`
    std::shared_ptr<void> speaking_ = told_at_end(all_said_);
    ConnectionTerms terms_;
    base::Guarded<std::shared_ptr<asio::ssl::context>> tls_;  // shared by who is just using it

    asio::io_context context_;
    Outbox outbox_;
    asio::strand<asio::io_context::executor_type> strand_;  // of the acceptor and the count below
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    asio::steady_timer full_;
    std::size_t connections_ = 0;
    std::size_t surplus_ = 0;
    bool accepting_ = false;
    bool refusing_ = false;
    std::atomic<std::size_t> waiting_ = 0;
    std::atomic<std::size_t> thread_count_ = 0;
    base::Guarded<std::vector<std::jthread>> threads_;
};

HttpServer::State::State(HttpServerOptions given)
    : options_(std::move(given)),
      terms_{.options = options_,
             .handler = handler_,
             .outbox = outbox_,
             .answering = told_at_end(all_answered_),
             .speaking = speaking_,
             .become_stream = [this] { return become_stream(); },
             .ended = [this](Place place) { connection_ended(place); }},
      context_(static_cast<int>(options_.most_threads)),
      outbox_(context_),
      strand_(asio::make_strand(context_)),
      acceptor_(strand_),
      pause_(strand_),
      full_(strand_) {
    reload_certificate();
    error_code error;
    const auto checked = [&](const char* step) {
        if (!error) return;
        throw base::Failure::from_errno(
            text("listen ", options_.host, ":", options_.port, ": ", step), error.value());
    };
    const auto host = asio::ip::make_address(options_.host, error);
    checked("address");
    const tcp::endpoint endpoint(host, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    checked("socket");
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    checked("SO_REUSEADDR");
    acceptor_.bind(endpoint, error);
    checked("bind");
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    checked("listen");
    address_ = printable(acceptor_.local_endpoint());
}

void HttpServer::State::reload_certificate() {
    if (!options_.tls) return;
    std::shared_ptr<asio::ssl::context> read = make_tls_context(*options_.tls);
    tls_.with([&read](auto& tls) { tls = std::move(read); });
}

std::string HttpServer::State::certificate() const {
    const auto tls = tls_.copy();
    return tls ? describe_certificate(*tls) : std::string();
}

void HttpServer::State::serve(LateHandler given) {
    handler_ = [this, answer = std::move(given)](Request request, Reply reply) {
        bool waits = false;
        request.will_wait = [this, &waits] {
            if (std::exchange(waits, true)) return;
            if (++waiting_ >= thread_count_) start_thread();
        };
        answer(std::move(request), std::move(reply));
        if (waits) --waiting_;
    };
    asio::dispatch(strand_, [this] { accept(); });
    for (std::size_t i = 0; i < options_.threads; ++i)
        start_thread();
}

void HttpServer::State::start_thread() {
    threads_.with([this](auto& threads) {
        if (stopping_ || threads.size() >= options_.most_threads) return;
        try {
            threads.emplace_back([this] {
                base::name_thread("api");
                context_.run();
            });
            thread_count_ = threads.size();
            // NOLINTNEXTLINE(bugprone-empty-catch): those that there are go on
        } catch (const std::system_error&) {
        }
    });
}

HttpServer::State::~State() {
    stopping_ = true;
    speaking_.reset();
    all_said_.wait_for(options_.last_words);
    context_.stop();
    auto last = threads_.with([](auto& threads) { return std::exchange(threads, {}); });
    last.clear();  // joins
    terms_.answering.reset();
    all_answered_.wait();  // as long as the disk takes
    outbox_.send_rest();
    // then context_ destroys what was pending
}

void HttpServer::State::accept() {
    if (accepting_) return;
    if (is_full() && !refusing_) return wait_for_room();
    if (is_full() && surplus_ >= most_surplus) return;
    accepting_ = true;
    // each connection has a strand of its own: its callbacks never run at the same time
    acceptor_.async_accept(
        asio::make_strand(context_),
        asio::bind_executor(strand_, [this](error_code error, tcp::socket socket) {
            accepted(error, std::move(socket));
        }));
}

void HttpServer::State::accepted(error_code error, tcp::socket socket) {
    accepting_ = false;
    if (error == asio::error::operation_aborted) return;
    if (error) {  // such as "too many open files": a moment later there may be room
        base::log::warning("server.accept_failed", {{"cause", error.message()}});
        constexpr std::chrono::milliseconds moment{100};
        pause_.expires_after(moment);
        pause_.async_wait([this](error_code stopped) {
            if (!stopped) accept();
        });
        return;
    }
    // A reply may be two writes, as a header and a file are: the second one would wait until the
    // client says that it has the first, which it does after 40 ms.
    socket.set_option(tcp::no_delay(true), error);
    const Place place = is_full() ? Place::surplus : Place::usual;
    ++(place == Place::surplus ? surplus_ : connections_);
    serve_connection(std::move(socket), terms_, place, tls_.copy().get());
    accept();
}

/// A burst is over in a moment. Where nobody goes for longer, waiting would not help.
void HttpServer::State::wait_for_room() {
    full_.expires_after(options_.full_for);
    full_.async_wait([this](error_code stopped) {
        if (stopped || !is_full()) return;
        base::log::warning("server.full", {{"connections", connections_}});
        refusing_ = true;
        accept();
    });
}

bool HttpServer::State::become_stream() {
    if (streams_.fetch_add(1) >= options_.most_streams) {
        --streams_;
        return false;
    }
    make_room();
    return true;
}

void HttpServer::State::connection_ended(Place place) {
    switch (place) {
        case Place::usual:
            return make_room();
        case Place::stream:
            --streams_;
            return;
        case Place::surplus:
            if (stopping_) return;
            return asio::post(strand_, [this] {
                --surplus_;
                accept();
            });
    }
}

/// For another connection.
void HttpServer::State::make_room() {
    if (stopping_) return;  // the strand may be gone
    asio::post(strand_, [this] {
        --connections_;
        refusing_ = false;
        full_.cancel();
        accept();
    });
}

HttpServer::HttpServer(HttpServerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

void HttpServer::serve(LateHandler handler) {
    state_->serve(std::move(handler));
}

void HttpServer::serve(Handler handler) {
    serve([answer = std::move(handler)](Request request, Reply reply) {
        request.will_wait();
        reply(answer(std::move(request)));
    });
}

void HttpServer::reload_certificate() {
    state_->reload_certificate();
}

std::string HttpServer::certificate() const {
    return state_->certificate();
}

HttpServer::~HttpServer() = default;

const std::string& HttpServer::address() const noexcept {
    return state_->address();
}

}  // namespace xpc::api
