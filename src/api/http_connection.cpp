#include "api/http_connection.hpp"

#include <atomic>
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
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <unistd.h>

#include "api/body_sender.hpp"
#include "api/moving_deadline.hpp"
#include "api/reply_head.hpp"
#include "api/request_faults.hpp"
#include "api/request_head.hpp"
#include "api/tls_context.hpp"
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

/// One client's connection. It keeps itself alive (shared_ptr) while an operation of it is pending:
/// that is how callbacks own their state in Asio.
template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>>, public Replied {
public:
    Connection(Stream stream, const ConnectionTerms& terms, Place place)
        : stream_(std::move(stream)),
          deadline_(stream_.get_executor()),
          peer_(peer_of(socket().socket())),
          terms_(terms),
          options_(terms.options),
          buffer_(terms.options.header_bytes + terms.options.body_bytes),
          place_(place) {
        error_code ignored;  // then a reply waits for its turn in the kernel like any other
        socket().socket().non_blocking(true, ignored);
    }

    ~Connection() override { terms_.ended(place_); }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    void start() {
        deadline_.begin(this->weak_from_this(), [this] { come_too_late(); });
        asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] {
            if constexpr (is_encrypted) {
                self->shake_hands();
            } else {
                self->begin();
            }
        });
    }

private:
    using Parser = http::request_parser<http::string_body>;
    static constexpr bool is_encrypted = std::is_same_v<Stream, TlsStream>;
    static constexpr std::size_t most_discarded = std::size_t{16} << 20U;

    void shake_hands()
        requires is_encrypted
    {
        deadline_.set(options_.request_timeout);
        stream_.async_handshake(
            asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
                if (error) {
                    base::log::debug("tls.handshake_failed",
                                     {{"peer", self->peer_}, {"cause", error.message()}});
                    return self->close();
                }
                self->certificate_ = subject_of_peer(self->stream_.native_handle());
                self->begin();
            });
    }

    /// Who comes when all places are taken is told so at once: reading would be a place.
    void begin() {
        if (place_ != Place::surplus) return read();
        refuse(too_many(options_,
                        text("there are ", options_.most_connections, " connections already"),
                        options_.retry_connecting));
    }

    void read() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(options_.header_bytes));
        parser_->body_limit(options_.body_bytes);
        version_ = http_1_1;
        head_only_ = false;
        wait_for_request();
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = this->shared_from_this()](error_code error, std::size_t) {
                                    self->header_read(error);
                                });
    }

    /// The request has to be there by then, all of it, however its bytes come.
    void wait_for_request() {
        is_reading_ = true;
        is_late_ = false;
        deadline_.set(options_.request_timeout);
    }

    void end_waiting() {
        is_reading_ = false;
        deadline_.clear();
    }

    /// Closing the socket ends whatever waits for it, but then nobody could be told. So that comes
    /// second, for the case that there was nothing to cancel at that moment.
    void come_too_late() {
        if (!is_reading_ || is_late_) return close();
        constexpr std::chrono::seconds behind{1};
        is_late_ = true;
        deadline_.set(behind);
        error_code ignored;
        socket().socket().cancel(ignored);
    }

    void header_read(error_code error) {
        if (error) return refuse(error);
        head_only_ = parser_->get().method() == http::verb::head;
        version_ = parser_->get().version();
        if (auto fault = header_fault(parser_->get().base())) return refuse(std::move(*fault));
        // now: what comes behind a chunked body is put among the same fields by the parser
        request_ = to_request(parser_->get().base());
        keep_alive_ = parser_->get().keep_alive();
        if (parser_->is_done()) return answer();
        if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
            return write_continue();
        }
        take_body(error);
    }

    /// What has come together with the header, which most often is all.
    void take_body(error_code error) {
        parser_->eager(true);
        // of chunks the parser may leave some, and must not see the same twice: reading knows that
        const bool is_plain = buffer_.size() > 0 && !parser_->chunked();
        if (is_plain) buffer_.consume(parser_->put(buffer_.data(), error));
        if (error) return refuse(error);
        return parser_->is_done() ? answer() : read_body();
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
        end_waiting();  // the handler has a time of its own
        request_.body = std::move(parser_->get().body());
        request_.peer = peer_;
        request_.certificate = certificate_;
        is_one_done_ = false;
        terms_.handler(std::move(request_),
                       [answering = terms_.answering,
                        self = this->shared_from_this()](Response response) mutable {
                           self->response_ = std::move(response);
                           // the strand is not ours: the handler may have returned before
                           if (self->is_one_done_.exchange(true)) self->terms_.outbox.put(self);
                           self.reset();
                       });
        if (is_one_done_.exchange(true)) send_here();
    }

    void send_on_strand() override {
        asio::dispatch(stream_.get_executor(),
                       [self = this->shared_from_this()] { self->send_here(); });
    }

    void send_here() override { write(allowed(std::move(response_))); }

    /// A stream only where there is room for one more.
    Response allowed(Response response) {
        if (!response.stream || head_only_) return response;
        keep_alive_ = false;
        if (terms_.become_stream()) {
            place_ = Place::stream;
            return response;
        }
        constexpr std::chrono::seconds pause{10};
        return too_many(options_, text("there are ", options_.most_streams, " streams already"),
                        pause);
    }

    void refuse(error_code error) {
        end_waiting();
        if (is_late_) {
            const bool has_begun = parser_->got_some() || buffer_.size() > 0;
            return has_begun ? refuse(late_fault(options_)) : close();
        }
        auto fault = reading_fault(error, options_, !parser_->get().target().empty());
        if (!fault) return close();  // gone: there is nobody to tell
        refuse(std::move(*fault));
    }

    void refuse(RequestFault fault) {
        refuse(options_.refusal(
            fault.status, {.errc = fault.errc, .message = std::move(fault.message), .field = {}}));
    }

    /// The last reply: nobody knows where the next request would begin.
    void refuse(Response response) {
        end_waiting();
        keep_alive_ = false;
        write(std::move(response));
    }

    void write(Response response) {
        response_ = std::move(response);
        message_ = reply_head(response_, version_, keep_alive_);
        deadline_.set(options_.idle_timeout);
        const bool is_whole = !head_only_ && !response_.stream && !response_.file;
        if (is_whole) message_.body() = std::move(response_.body);
        serializer_.emplace(message_);
        if (is_whole) return write_whole();
        http::async_write_header(stream_, *serializer_,
                                 [self = this->shared_from_this()](error_code error, std::size_t) {
                                     if (error) return self->close();
                                     self->header_written();
                                 });
    }

    /// Header and body in one piece. Most often there is room for it, and nothing to wait for.
    void write_whole() {
        if constexpr (!is_encrypted) {
            if (put_at_once(socket().socket(), *serializer_)) return written();
        }
        http::async_write(stream_, *serializer_,
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->written();
                          });
    }

    void header_written() {
        if (head_only_) return written();
        if (response_.stream) return write_stream();
        write_file();
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
        deadline_.set(options_.idle_timeout);
        asio::async_write(stream_,
                          asio::buffer(response_.body.data(), static_cast<std::size_t>(got)),
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->write_file();
                          });
    }

    /// Nothing of a request or a header is needed any more, and there may be thousands of these.
    void write_stream() {
        deadline_.clear();  // it has deadlines of its own
        parser_.reset();
        serializer_.reset();
        message_ = {};
        buffer_ = {};
        std::make_shared<BodySender<Stream>>(
            stream_, std::move(response_.stream),
            BodySenderOptions{.is_chunked = version_ >= http_1_1,
                              .timeout = options_.stream_timeout,
                              .hang_up = [this] { hang_up([] {}); },
                              .speaking = terms_.speaking},
            this->shared_from_this())
            ->start();
    }

    void written() {
        serializer_.reset();
        message_ = {};
        response_ = {};
        if (keep_alive_) return read();
        constexpr std::chrono::seconds linger{2};
        deadline_.set(linger);
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
        constexpr std::size_t piece = std::size_t{16} << 10U;
        socket().async_read_some(
            buffer_.prepare(std::min(piece, buffer_.max_size())),
            [self = this->shared_from_this()](error_code error, std::size_t got) {
                self->discarded_ += got;
                if (error || self->discarded_ > most_discarded) return self->close();
                self->discard();
            });
    }

    void close() { socket().close(); }

    /// What is below TLS, where there is any.
    beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

    Stream stream_;
    MovingDeadline deadline_;  ///< for what is under way
    std::string peer_;
    std::string certificate_;
    const ConnectionTerms& terms_;
    const HttpServerOptions& options_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Request request_;
    Response response_;
    std::atomic<bool> is_one_done_ = false;  ///< of the two: the handler, and the reply
    http::response<http::string_body> message_;
    std::optional<http::response_serializer<http::string_body>> serializer_;
    unsigned version_ = http_1_1;
    bool keep_alive_ = false;
    bool head_only_ = false;
    std::size_t discarded_ = 0;  ///< behind the last reply
    bool is_reading_ = false;
    bool is_late_ = false;
    Place place_;
};

}  // namespace

void serve_connection(tcp::socket socket, const ConnectionTerms& terms, Place place,
                      asio::ssl::context* tls) {
    if (tls != nullptr) {
        return std::make_shared<Connection<TlsStream>>(
                   TlsStream(beast::tcp_stream(std::move(socket)), *tls), terms, place)
            ->start();
    }
    std::make_shared<Connection<beast::tcp_stream>>(beast::tcp_stream(std::move(socket)), terms,
                                                    place)
        ->start();
}

}  // namespace xpc::api
