#include "api/http_server.hpp"

#include <cerrno>
#include <thread>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using base::text;
using boost::system::error_code;

std::string printable(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return endpoint.address().is_v6() ? text("[", host, "]:", endpoint.port())
                                      : text(host, ":", endpoint.port());
}

Request to_request(const http::request<http::string_body>& message) {
    Request request;
    request.method = message.method_string();
    request.target = message.target();
    request.body = message.body();
    for (const auto& field : message) {
        request.headers.emplace(base::lower(field.name_string()), field.value());
    }
    return request;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

class HttpServer::State {
public:
    explicit State(HttpServerOptions options);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    State(State&&) = delete;
    State& operator=(State&&) = delete;

    void serve(Handler given);
    void accept();
    void connection_ended();

    HttpServerOptions options;
    Handler handler;
    std::string address;

private:
    void accepted(error_code error, tcp::socket socket);

    asio::io_context context_;
    asio::strand<asio::io_context::executor_type> strand_;  // of the acceptor and the count below
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::size_t connections_ = 0;
    bool accepting_ = false;
    std::atomic<bool> stopping_ = false;
    std::vector<std::jthread> threads_;
};

namespace {

/// One client's connection. It keeps itself alive (shared_ptr) while an operation of it is pending:
/// that is how callbacks own their state in Asio.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    template <typename Server>
    Connection(tcp::socket socket, Server& server)
        : stream_(std::move(socket)),
          options_(server.options),
          handler_(server.handler),
          ended_([&server] { server.connection_ended(); }) {}

    ~Connection() { ended_(); }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    void start() {
        asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
    }

private:
    using Parser = http::request_parser<http::string_body>;

    void read() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(options_.header_bytes));
        parser_->body_limit(options_.body_bytes);
        stream_.expires_after(options_.idle_timeout);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = shared_from_this()](error_code error, std::size_t) {
                                    self->header_read(error);
                                });
    }

    void header_read(error_code error) {
        if (error) return refuse(error);
        if (parser_->is_done()) return answer();
        if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
            return write_continue();
        }
        read_body();
    }

    void write_continue() {
        static constexpr std::string_view reply = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(stream_, asio::buffer(reply),
                          [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->read_body();
                          });
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](error_code error, std::size_t) {
                             if (error) return self->refuse(error);
                             self->answer();
                         });
    }

    void answer() {
        const auto& message = parser_->get();
        keep_alive_ = message.keep_alive();
        head_only_ = message.method() == http::verb::head;
        version_ = message.version();
        stream_.expires_never();  // the handler has a time of its own
        write(handler_(to_request(message)));
    }

    void refuse(error_code error) {
        const bool too_large =
            error == http::error::body_limit || error == http::error::buffer_overflow;
        const bool header = error == http::error::header_limit;
        const bool is_http =
            error.category() == make_error_code(http::error::bad_method).category();
        if (!is_http || error == http::error::end_of_stream ||
            error == http::error::partial_message) {
            return close();  // gone, or idle for too long: there is nobody to tell
        }
        keep_alive_ = false;
        if (too_large) {
            return write(
                options_.refusal(413, "body_too_large",
                                 text("body: is larger than ", options_.body_bytes, " bytes")));
        }
        if (header) {
            return write(
                options_.refusal(431, "malformed_request",
                                 text("header: is larger than ", options_.header_bytes, " bytes")));
        }
        write(options_.refusal(400, "malformed_request", text("not HTTP: ", error.message())));
    }

    void write(Response response) {
        response_ = std::move(response);
        const std::uint64_t length =
            response_.file ? response_.file->length : response_.body.size();
        message_ = {};
        message_.version(version_);
        message_.result(static_cast<unsigned>(response_.status));
        message_.set(http::field::date, base::http_date(base::wall_now()));
        for (const auto& [name, value] : response_.headers) {
            message_.insert(name, value);
        }
        if (response_.status != 204 && response_.status != 304) {
            message_.set(http::field::content_length, std::to_string(length));
        }
        message_.keep_alive(keep_alive_);
        stream_.expires_after(options_.idle_timeout);
        serializer_.emplace(message_);
        http::async_write_header(stream_, *serializer_,
                                 [self = shared_from_this()](error_code error, std::size_t) {
                                     if (error) return self->close();
                                     self->header_written();
                                 });
    }

    void header_written() {
        if (head_only_) return written();
        if (response_.file) return write_file();
        asio::async_write(stream_, asio::buffer(response_.body),
                          [self = shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->written();
                          });
    }

    void write_file() {
        FileBody& body = *response_.file;
        if (body.length == 0) return written();
        constexpr std::uint64_t chunk = std::uint64_t{256} << 10U;
        response_.body.resize(std::min(chunk, body.length));
        const auto got = ::pread(body.file.raw(), response_.body.data(), response_.body.size(),
                                 static_cast<off_t>(body.offset));
        if (got <= 0)
            return close();  // shorter than promised: the client must not take it for whole
        body.offset += static_cast<std::uint64_t>(got);
        body.length -= static_cast<std::uint64_t>(got);
        stream_.expires_after(options_.idle_timeout);
        asio::async_write(stream_,
                          asio::buffer(response_.body.data(), static_cast<std::size_t>(got)),
                          [self = shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->write_file();
                          });
    }

    void written() {
        response_ = {};
        if (keep_alive_) return read();
        // What the client still sends is read and thrown away: closing with bytes unread would
        // reset the connection, and it might never see the reply (RFC 9112, 9.6).
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        constexpr std::chrono::seconds linger{2};
        stream_.expires_after(linger);
        discard();
    }

    void discard() {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(std::size_t{64} << 10U),
                                [self = shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->close();
                                    self->discard();
                                });
    }

    void close() {
        error_code ignored;
        stream_.socket().close(ignored);
    }

    beast::tcp_stream stream_;
    const HttpServerOptions& options_;
    const Handler& handler_;
    std::function<void()> ended_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Response response_;
    http::response<http::empty_body> message_;
    std::optional<http::response_serializer<http::empty_body>> serializer_;
    unsigned version_ = 11;
    bool keep_alive_ = false;
    bool head_only_ = false;
};

}  // namespace

HttpServer::State::State(HttpServerOptions given)
    : options(std::move(given)),
      context_(static_cast<int>(options.threads)),
      strand_(asio::make_strand(context_)),
      acceptor_(strand_),
      pause_(strand_) {
    error_code error;
    const auto checked = [&](const char* step) {
        if (!error) return;
        throw base::Failure::from_errno(
            text("listen ", options.host, ":", options.port, ": ", step), error.value());
    };
    const auto host = asio::ip::make_address(options.host, error);
    checked("address");
    const tcp::endpoint endpoint(host, options.port);
    acceptor_.open(endpoint.protocol(), error);
    checked("socket");
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    checked("SO_REUSEADDR");
    acceptor_.bind(endpoint, error);
    checked("bind");
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    checked("listen");
    address = printable(acceptor_.local_endpoint());
}

void HttpServer::State::serve(Handler given) {
    handler = std::move(given);
    asio::dispatch(strand_, [this] { accept(); });
    for (std::size_t i = 0; i < options.threads; ++i) {
        threads_.emplace_back([this] { context_.run(); });
    }
}

HttpServer::State::~State() {
    stopping_ = true;
    context_.stop();
    threads_.clear();  // joins; then context_ destroys what was pending
}

void HttpServer::State::accept() {
    if (accepting_ || connections_ >= options.most_connections) return;
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
    ++connections_;
    std::make_shared<Connection>(std::move(socket), *this)->start();
    accept();
}

void HttpServer::State::connection_ended() {
    if (stopping_) return;  // the strand may be gone
    asio::post(strand_, [this] {
        --connections_;
        accept();
    });
}

HttpServer::HttpServer(HttpServerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

void HttpServer::serve(Handler handler) {
    state_->serve(std::move(handler));
}

HttpServer::~HttpServer() = default;

const std::string& HttpServer::address() const noexcept {
    return state_->address;
}

}  // namespace xpc::api
