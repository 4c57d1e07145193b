#pragma once

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/system/error_code.hpp>

#include "api/http.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace xpc::api {

struct BodySenderOptions {
    bool is_chunked = true;             ///< else the end of the connection is the end of the body
    std::chrono::seconds timeout{300};  ///< for the client to take what there is
    std::function<void()> hang_up;      ///< says that nothing more will be sent
    /// Of who waits until nobody has something to say: kept from a ring of the bell on until all
    /// that there was has been sent.
    std::weak_ptr<void> speaking;
};

/// Private to http_connection.cpp. Sends a BodyStream on a connection whose last reply it is, and
/// ends it when that ends, or the client has gone. It keeps itself, and the connection, alive
/// (shared_ptr) while an operation of it is pending.
/// Threads: the strand of the stream's executor; the BodyStream may ring from any.
/// Source:  RFC 9112, 7.1 (chunked transfer coding) and 9.6 (tear-down)
template <typename Stream>
class BodySender : public std::enable_shared_from_this<BodySender<Stream>> {
public:
    BodySender(Stream& stream, std::unique_ptr<BodyStream> body, BodySenderOptions options,
               std::shared_ptr<void> connection)
        : connection_(std::move(connection)),
          stream_(stream),
          options_(std::move(options)),
          timer_(stream.get_executor()),
          body_(std::move(body)) {}

    void start() {
        speaking_ = options_.speaking.lock();
        auto bell = std::make_shared<Bell>(this->weak_from_this(), stream_.get_executor(),
                                           options_.speaking);
        body_->start([bell] { bell->ring(); });
        socket().expires_never();  // what is sent has a deadline of its own, silence has none
        watch();
        pull();
    }

private:
    using error_code = boost::system::error_code;
    using State = BodyStream::State;

    /// Rung by any thread, heard on the strand; rings that come before it is heard count as one.
    class Bell : public std::enable_shared_from_this<Bell> {
    public:
        Bell(std::weak_ptr<BodySender> sender, boost::asio::any_io_executor executor,
             std::weak_ptr<void> speaking)
            : sender_(std::move(sender)),
              executor_(std::move(executor)),
              speaking_(std::move(speaking)) {}

        void ring() {
            if (is_rung_.exchange(true)) return;
            boost::asio::post(executor_, [self = this->shared_from_this(),
                                          speaking = speaking_.lock()]() mutable {
                self->is_rung_ = false;
                if (const auto sender = self->sender_.lock()) sender->woken(std::move(speaking));
            });
        }

    private:
        std::weak_ptr<BodySender> sender_;
        boost::asio::any_io_executor executor_;
        std::weak_ptr<void> speaking_;
        std::atomic<bool> is_rung_ = false;
    };

    static std::string chunk_head(std::size_t bytes) {
        constexpr int hexadecimal = 16;
        std::array<char, 16> digits{};
        const auto [end, _] = std::to_chars(digits.begin(), digits.end(), bytes, hexadecimal);
        return std::string(digits.begin(), end) + "\r\n";
    }

    auto& socket() { return boost::beast::get_lowest_layer(stream_); }

    /// A client that has gone is only noticed by reading. What it still sends is thrown away.
    void watch() {
        stream_.async_read_some(boost::asio::buffer(ignored_),
                                [self = this->shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->close();
                                    self->watch();
                                });
    }

    void woken(std::shared_ptr<void> speaking) {
        if (!std::exchange(is_waiting_, false)) return;
        speaking_ = std::move(speaking);
        pull();
    }

    void pull() {
        if (!body_) return;
        BodyStream::Pulled pulled{.state = State::broken};
        try {
            piece_.clear();
            pulled = body_->next(piece_);
        } catch (const base::Failure& failure) {  // the header is sent: only the end can tell
            base::log::warning("request.broken", {{"cause", failure.error().message}});
        }
        if (!piece_.empty() || pulled.state == State::end) return send(pulled.state);
        if (pulled.state == State::broken) return abort();
        wait(pulled.state == State::more ? base::Deadline::clock::now() : pulled.look_again);
    }

    void wait(base::Deadline look_again) {
        piece_ = {};  // thousands may wait
        is_waiting_ = true;
        speaking_.reset();
        if (look_again == base::never) return;
        timer_.expires_at(look_again);
        timer_.async_wait([self = this->shared_from_this()](error_code error) {
            if (!error) self->woken(self->options_.speaking.lock());
        });
    }

    void send(State state) {
        constexpr std::string_view last_chunk = "0\r\n\r\n";
        chunk_head_.clear();
        chunk_tail_.clear();
        if (options_.is_chunked && !piece_.empty()) {
            chunk_head_ = chunk_head(piece_.size());
            chunk_tail_ = "\r\n";
        }
        if (options_.is_chunked && state == State::end) chunk_tail_ += last_chunk;
        const std::array buffers{boost::asio::buffer(std::as_const(chunk_head_)),
                                 boost::asio::buffer(std::as_const(piece_)),
                                 boost::asio::buffer(std::as_const(chunk_tail_))};
        socket().expires_after(options_.timeout);  // not of watch(), which has begun
        boost::asio::async_write(stream_, buffers,
                                 [self = this->shared_from_this(), state](
                                     error_code error, std::size_t) { self->sent(error, state); });
    }

    void sent(error_code error, State state) {
        if (error) return close();
        if (state == State::end) return finish();
        if (state == State::broken) return abort();
        pull();
    }

    /// The client may still send: closing with bytes unread would reset the connection, and it
    /// might never see the end of the body. So watch() goes on for a moment.
    void finish() {
        body_.reset();
        speaking_.reset();
        options_.hang_up();
        constexpr std::chrono::seconds linger{2};
        timer_.expires_after(linger);
        timer_.async_wait([self = this->shared_from_this()](error_code error) {
            if (!error) self->close();
        });
    }

    /// With a reset, so that no client takes this for the end.
    void abort() {
        error_code ignored;
        socket().socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
        close();
    }

    void close() {
        body_.reset();
        speaking_.reset();
        is_waiting_ = false;
        timer_.cancel();
        error_code ignored;
        socket().socket().close(ignored);
    }

    std::shared_ptr<void> connection_;  // first: it owns the stream
    Stream& stream_;
    BodySenderOptions options_;
    boost::asio::steady_timer timer_;
    std::unique_ptr<BodyStream> body_;  ///< until it has ended
    bool is_waiting_ = false;           ///< for woken()
    std::shared_ptr<void> speaking_;
    std::string piece_;
    std::string chunk_head_;
    std::string chunk_tail_;
    std::array<std::byte, 512> ignored_{};
};

}  // namespace xpc::api
