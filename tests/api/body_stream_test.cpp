#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "api/raw_client.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/stop.hpp"

using namespace xpc;
using namespace xpc::api;
using namespace std::chrono_literals;

namespace {

using State = BodyStream::State;

/// What a test wants its stream to say, and what it hears of it. Shared with the stream.
struct Script {
    struct Content {
        std::string ready;
        State then = State::later;
        std::function<void()> wake;
    };

    base::Guarded<Content> content;
    std::atomic<std::size_t> asked = 0;
    std::atomic<bool> gone = false;
    std::chrono::milliseconds look_again{};  ///< 0: never
    std::size_t most_at_once = std::string::npos;

    void say(std::string_view words, State then = State::later) {
        const auto wake = content.with([&](Content& now) {
            now.ready += words;
            now.then = then;
            return now.wake;
        });
        if (wake) wake();
    }
};

class ScriptedStream final : public BodyStream {
public:
    explicit ScriptedStream(std::shared_ptr<Script> script) : script_(std::move(script)) {}

    ~ScriptedStream() override {
        script_->content.with([](auto& content) { content.wake = nullptr; });
        script_->gone = true;
    }

    ScriptedStream(const ScriptedStream&) = delete;
    ScriptedStream& operator=(const ScriptedStream&) = delete;
    ScriptedStream(ScriptedStream&&) = delete;
    ScriptedStream& operator=(ScriptedStream&&) = delete;

    void start(std::function<void()> wake) override {
        script_->content.with([&wake](auto& content) { content.wake = std::move(wake); });
    }

    Pulled next(std::string& out) override {
        ++script_->asked;
        const auto pause = script_->look_again;
        return script_->content.with([&](auto& content) {
            out += content.ready.substr(0, script_->most_at_once);
            content.ready.erase(0, script_->most_at_once);
            if (!content.ready.empty()) return Pulled{.state = State::more};
            return Pulled{.state = content.then,
                          .look_again = pause == 0ms ? base::never : base::in(pause)};
        });
    }

private:
    std::shared_ptr<Script> script_;
};

Handler streaming(std::shared_ptr<Script> script) {
    return [script = std::move(script)](const Request&) {
        Response response;
        response.stream = std::make_unique<ScriptedStream>(script);
        return response;
    };
}

bool becomes_true(const std::function<bool()>& condition) {
    const auto deadline = base::in(10s);
    const base::Stop nobody;
    while (!condition()) {
        if (base::wait(base::Fd(), nobody, base::in(1ms)) == base::Woken::deadline &&
            base::Deadline::clock::now() > deadline) {
            return false;
        }
    }
    return true;
}

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view end_of_header = "\r\n\r\n";

}  // namespace

TEST_CASE("a stream reaches the client bit by bit, in chunks, and ends with the last one") {
    const auto script = std::make_shared<Script>();
    HttpServer server(small_options());
    server.serve(streaming(script));
    const RawClient client(server);
    client.send(get);
    const std::string header = client.hear_until(end_of_header);
    CHECK(header.contains("Transfer-Encoding: chunked\r\n"));
    CHECK(header.contains("Connection: close\r\n"));
    CHECK_FALSE(header.contains("Content-Length"));
    script->say("hello");
    CHECK(client.hear_until("hello\r\n") == "5\r\nhello\r\n");
    script->say(std::string(300, 'x'));
    CHECK(client.hear_until("x\r\n").starts_with("12c\r\nxxx"));
    script->say("bye", State::end);
    CHECK(client.hear_all() == "3\r\nbye\r\n0\r\n\r\n");
    CHECK(becomes_true([&] { return script->gone.load(); }));
}

TEST_CASE("a stream that has nothing more to say has a last chunk too") {
    const auto script = std::make_shared<Script>();
    script->say("", State::end);
    HttpServer server(small_options());
    server.serve(streaming(script));
    const RawClient client(server);
    client.send(get);
    CHECK(client.hear_all().ends_with("\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("a client of HTTP/1.0 gets a stream as it is, until the connection ends") {
    const auto script = std::make_shared<Script>();
    script->say("hello", State::end);
    HttpServer server(small_options());
    server.serve(streaming(script));
    const RawClient client(server);
    client.send("GET / HTTP/1.0\r\n\r\n");
    const std::string heard = client.hear_all();
    CHECK_FALSE(heard.contains("chunked"));
    CHECK(heard.ends_with("\r\n\r\nhello"));
}

TEST_CASE("a HEAD of a stream gets its header, and starts nothing") {
    const auto script = std::make_shared<Script>();
    HttpServer server(small_options());
    server.serve(streaming(script));
    const RawClient client(server);
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(client.hear_all().ends_with("\r\n\r\n"));
    CHECK(script->asked == 0);
}

TEST_CASE("a stream that nobody wakes is asked again when it wants to be") {
    const auto script = std::make_shared<Script>();
    script->look_again = 20ms;
    HttpServer server(small_options());
    server.serve(streaming(script));
    const RawClient client(server);
    client.send(get);
    CHECK(becomes_true([&] { return script->asked > 5; }));
}

TEST_CASE("a stream that breaks has no end that a client could take for one") {
    const auto script = std::make_shared<Script>();
    script->say("half", State::broken);
    HttpServer server(small_options());
    server.serve(streaming(script));
    const RawClient client(server);
    client.send(get);
    CHECK_FALSE(client.hear_all().ends_with("0\r\n\r\n"));
}

TEST_CASE("a stream is not asked for more than a slow client takes") {
    struct Endless final : BodyStream {
        explicit Endless(std::atomic<std::size_t>& bytes) : given(bytes) {}

        void start(std::function<void()> /*wake*/) override {}

        Pulled next(std::string& out) override {
            out.assign(std::size_t{64} << 10U, 'x');
            given += out.size();
            return {.state = State::more};
        }

        std::atomic<std::size_t>& given;
    };

    std::atomic<std::size_t> given = 0;
    auto options = small_options();
    options.stream_timeout = 1s;
    HttpServer server(options);
    server.serve([&given](const Request&) {
        Response response;
        response.stream = std::make_unique<Endless>(given);
        return response;
    });
    const RawClient client(server);
    client.send(get);
    // what the kernel keeps for the connection, at most (tcp_wmem and tcp_rmem), and one piece more
    constexpr std::size_t most = std::size_t{16} << 20U;
    std::size_t before = 0;
    const base::Stop nobody;
    do {
        before = given;
        [[maybe_unused]] const auto woken = base::wait(base::Fd(), nobody, base::in(200ms));
    } while (given != before);
    CHECK(given > 0);
    CHECK(given < most);
    // and who takes nothing for too long is disconnected: what there was ends without the last
    // chunk
    [[maybe_unused]] const auto woken = base::wait(base::Fd(), nobody, base::in(1200ms));
    CHECK_FALSE(client.hear_all().ends_with("0\r\n\r\n"));
}

TEST_CASE("a client that has gone is noticed, although there is nothing to send") {
    const auto script = std::make_shared<Script>();
    HttpServer server(small_options());
    server.serve(streaming(script));
    {
        const RawClient client(server);
        client.send(get);
        CHECK(client.hear_until(end_of_header).starts_with("HTTP/1.1 200 "));
        CHECK_FALSE(script->gone);
    }
    CHECK(becomes_true([&] { return script->gone.load(); }));
}

TEST_CASE("a client that is silent for long keeps its stream") {
    const auto script = std::make_shared<Script>();
    HttpServer server(small_options());  // of which others are disconnected after a second
    server.serve(streaming(script));
    const RawClient client(server);
    client.send(get);
    CHECK(client.hear_until(end_of_header).starts_with("HTTP/1.1 200 "));
    const base::Stop nobody;
    [[maybe_unused]] const auto woken = base::wait(base::Fd(), nobody, base::in(1500ms));
    script->say("hello", State::end);
    CHECK(client.hear_all() == "5\r\nhello\r\n0\r\n\r\n");
}

TEST_CASE("streams take no place of other connections, and there are only so many") {
    auto options = small_options();
    options.most_connections = 1;
    options.most_streams = 2;
    const auto script = std::make_shared<Script>();
    HttpServer server(options);
    server.serve([&script](const Request& request) {
        return request.target == "/stream" ? streaming(script)(request) : Response{.body = "plain"};
    });
    const auto ask = [](const RawClient& client, std::string_view target) {
        client.send(
            base::text("GET ", target, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        return client.hear_until(end_of_header);
    };
    std::optional<RawClient> first(std::in_place, server);
    CHECK(ask(*first, "/stream").starts_with("HTTP/1.1 200 "));
    const RawClient second(server);
    CHECK(ask(second, "/stream").starts_with("HTTP/1.1 200 "));
    const std::string refused = ask(RawClient(server), "/stream");
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(refused.contains("Retry-After: "));
    CHECK(ask(RawClient(server), "/").starts_with("HTTP/1.1 200 "));
    first.reset();
    CHECK(becomes_true(
        [&] { return ask(RawClient(server), "/stream").starts_with("HTTP/1.1 200 "); }));
}

TEST_CASE("a server ends while streams are sent and wait") {
    const auto script = std::make_shared<Script>();
    std::optional<HttpServer> server(std::in_place, small_options());
    server->serve(streaming(script));
    const RawClient client(*server);
    client.send(get);
    CHECK(client.hear_until(end_of_header).starts_with("HTTP/1.1 200 "));
    script->say("hello");
    CHECK(client.hear_until("hello\r\n").ends_with("hello\r\n"));
    server.reset();
    CHECK(script->gone);
    script->say("nobody hears this");
    CHECK(client.hear_all().empty());
}

TEST_CASE("a server that ends lets its streams say what there is to say") {
    const auto script = std::make_shared<Script>();
    script->most_at_once = 1;
    std::optional<HttpServer> server(std::in_place, small_options());
    server->serve(streaming(script));
    const RawClient client(*server);
    client.send(get);
    CHECK(client.hear_until(end_of_header).starts_with("HTTP/1.1 200 "));
    CHECK(becomes_true([&script] { return script->asked > 0; }));
    script->say(std::string(100, 'x'));
    server.reset();
    const std::string heard = client.hear_all();
    CHECK(std::ranges::count(heard, 'x') == 100);
    CHECK_FALSE(heard.contains("0\r\n"));  // no last chunk, as it has not ended
}

TEST_CASE("a client that takes nothing holds up the end of a server for a moment only") {
    struct Endless final : BodyStream {
        void start(std::function<void()> /*wake*/) override {}

        Pulled next(std::string& out) override {
            out.assign(std::size_t{64} << 10U, 'x');
            return {.state = State::more};
        }
    };

    auto options = small_options();
    options.last_words = 50ms;
    std::optional<HttpServer> server(std::in_place, options);
    server->serve([](const Request&) {
        Response response;
        response.stream = std::make_unique<Endless>();
        return response;
    });
    const RawClient client(*server);
    client.send(get);
    CHECK(client.hear_until(end_of_header).starts_with("HTTP/1.1 200 "));
    server.reset();  // well before `stream_timeout`
    CHECK_FALSE(client.hear_all().ends_with("0\r\n\r\n"));
}
