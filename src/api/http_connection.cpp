#include "api/http_connection.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <unistd.h>

#include "api/body_sender.hpp"
#include "api/tls_context.hpp"
#include "base/clock.hpp"
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

using TlsStream = asio::ssl::stream<beast::tcp_stream>;

/// Empty where it has gone already.
std::string peer_of(const tcp::socket& socket) {
    error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    return error ? std::string() : endpoint.address().to_string();
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

/// One client's connection. It keeps itself alive (shared_ptr) while an operation of it is pending:
/// that is how callbacks own their state in Asio.
template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
public:
    Connection(Stream stream, const ConnectionTerms& terms)
        : stream_(std::move(stream)),
          peer_(peer_of(socket().socket())),
          terms_(terms),
          options_(terms.options) {}

    ~Connection() { terms_.ended(is_stream_); }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    void start() {
        asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] {
            if constexpr (is_encrypted) {
                self->shake_hands();
            } else {
                self->read();
            }
        });
    }

private:
    using Parser = http::request_parser<http::string_body>;
    static constexpr bool is_encrypted = std::is_same_v<Stream, TlsStream>;
    static constexpr unsigned http_1_1 = 11;  // as Beast has it

    void shake_hands()
        requires is_encrypted
    {
        socket().expires_after(options_.idle_timeout);
        stream_.async_handshake(
            asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
                if (error) {
                    base::log::debug("tls.handshake_failed",
                                     {{"peer", self->peer_}, {"cause", error.message()}});
                    return self->close();
                }
                self->certificate_ = subject_of_peer(self->stream_.native_handle());
                self->read();
            });
    }

    void read() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(options_.header_bytes));
        parser_->body_limit(options_.body_bytes);
        socket().expires_after(options_.idle_timeout);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = this->shared_from_this()](error_code error, std::size_t) {
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
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->read_body();
                          });
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_,
                         [self = this->shared_from_this()](error_code error, std::size_t) {
                             if (error) return self->refuse(error);
                             self->answer();
                         });
    }

    void answer() {
        const auto& message = parser_->get();
        keep_alive_ = message.keep_alive();
        head_only_ = message.method() == http::verb::head;
        version_ = message.version();
        socket().expires_never();  // the handler has a time of its own
        Request request = to_request(message);
        request.peer = peer_;
        request.certificate = certificate_;
        write(allowed(terms_.handler(std::move(request))));
    }

    /// A stream only where there is room for one more.
    Response allowed(Response response) {
        if (!response.stream || head_only_) return response;
        keep_alive_ = false;
        is_stream_ = terms_.become_stream();
        if (is_stream_) return response;
        response = refusal(429, base::Errc::too_many,
                           text("there are ", options_.most_streams, " streams already"));
        response.headers.emplace_back("Retry-After", "10");
        return response;
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
            return refuse(413, base::Errc::body_too_large,
                          text("body: is larger than ", options_.body_bytes, " bytes"));
        }
        if (header) {
            return refuse(431, base::Errc::malformed_request,
                          text("header: is larger than ", options_.header_bytes, " bytes"));
        }
        refuse(400, base::Errc::malformed_request, text("not HTTP: ", error.message()));
    }

    void refuse(int status, base::Errc errc, std::string message) {
        write(refusal(status, errc, std::move(message)));
    }

    [[nodiscard]] Response refusal(int status, base::Errc errc, std::string message) const {
        return options_.refusal(status, {.errc = errc, .message = std::move(message), .field = {}});
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
        if (response_.stream) {
            if (version_ >= http_1_1) message_.chunked(true);
        } else if (response_.status != 204 && response_.status != 304) {
            message_.set(http::field::content_length, std::to_string(length));
        }
        message_.keep_alive(keep_alive_);
        socket().expires_after(options_.idle_timeout);
        serializer_.emplace(message_);
        http::async_write_header(stream_, *serializer_,
                                 [self = this->shared_from_this()](error_code error, std::size_t) {
                                     if (error) return self->close();
                                     self->header_written();
                                 });
    }

    void header_written() {
        if (head_only_) return written();
        if (response_.stream) return write_stream();
        if (response_.file) return write_file();
        asio::async_write(stream_, asio::buffer(response_.body),
                          [self = this->shared_from_this()](error_code error, std::size_t) {
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
        socket().expires_after(options_.idle_timeout);
        asio::async_write(stream_,
                          asio::buffer(response_.body.data(), static_cast<std::size_t>(got)),
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->write_file();
                          });
    }

    /// Nothing of a request or a header is needed any more, and there may be thousands of these.
    void write_stream() {
        parser_.reset();
        serializer_.reset();
        message_ = {};
        buffer_ = {};
        std::make_shared<BodySender<Stream>>(
            stream_, std::move(response_.stream),
            BodySenderOptions{.is_chunked = version_ >= http_1_1,
                              .timeout = options_.stream_timeout,
                              .hang_up = [this] { hang_up([] {}); }},
            this->shared_from_this())
            ->start();
    }

    void written() {
        response_ = {};
        if (keep_alive_) return read();
        constexpr std::chrono::seconds linger{2};
        socket().expires_after(linger);
        // What the client still sends is read and thrown away: closing with bytes unread would
        // reset the connection, and it might never see the reply (RFC 9112, 9.6).
        hang_up([self = this->shared_from_this()] { self->discard(); });
    }

    /// Says that there is no more to come, which within TLS nobody but us can say.
    template <typename Then>
    void hang_up(Then then) {
        if constexpr (is_encrypted) {
            stream_.async_shutdown([self = this->shared_from_this(), then](error_code) {
                self->shut_down_sending();
                then();
            });
        } else {
            shut_down_sending();
            then();
        }
    }

    void shut_down_sending() {
        error_code ignored;
        socket().socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    void discard() {
        buffer_.clear();
        socket().async_read_some(buffer_.prepare(std::size_t{64} << 10U),
                                 [self = this->shared_from_this()](error_code error, std::size_t) {
                                     if (error) return self->close();
                                     self->discard();
                                 });
    }

    void close() {
        error_code ignored;
        socket().socket().close(ignored);
    }

    /// What is below TLS, where there is any: it has the deadlines.
    beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

    Stream stream_;
    std::string peer_;
    std::string certificate_;
    const ConnectionTerms& terms_;
    const HttpServerOptions& options_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Response response_;
    http::response<http::empty_body> message_;
    std::optional<http::response_serializer<http::empty_body>> serializer_;
    unsigned version_ = http_1_1;
    bool keep_alive_ = false;
    bool head_only_ = false;
    bool is_stream_ = false;  ///< until its end
};

}  // namespace

std::string_view Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

void serve_connection(tcp::socket socket, const ConnectionTerms& terms, asio::ssl::context* tls) {
    if (tls != nullptr) {
        return std::make_shared<Connection<TlsStream>>(
                   TlsStream(beast::tcp_stream(std::move(socket)), *tls), terms)
            ->start();
    }
    std::make_shared<Connection<beast::tcp_stream>>(beast::tcp_stream(std::move(socket)), terms)
        ->start();
}

}  // namespace xpc::api
