#include "api/http_server.hpp"

#include <array>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "api/raw_client.hpp"
#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

using namespace xpc;
using namespace xpc::api;
using namespace std::chrono_literals;

namespace {

Response echo(const Request& request) {
    Response response;
    response.body = request.method + " " + request.target + " " + request.body + ".";
    return response;
}

}  // namespace

TEST_CASE("requests on one connection are answered in their order, also when they come at once") {
    HttpServer server(small_options());
    server.serve(echo);
    const RawClient client(server);
    client.send(
        "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: "
        "3\r\n\r\nabc"
        "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string heard = client.hear_all();
    const auto first = heard.find("GET /1 .");
    const auto second = heard.find("POST /2 abc.");
    const auto third = heard.find("GET /3 .");
    CHECK(first < second);
    CHECK(second < third);
    CHECK(third != std::string::npos);
}

TEST_CASE("a request that comes byte by byte is a request") {
    HttpServer server(small_options());
    server.serve(echo);
    const RawClient client(server);
    for (const char c : std::string_view("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")) {
        client.send({&c, 1});
    }
    CHECK(client.hear_all().ends_with("POST / hi."));
}

TEST_CASE("a request that comes in two pieces is a request, wherever it is cut") {
    HttpServer server(small_options());
    server.serve(echo);
    const std::string chunked =
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1;a=b\r\nh\r\n1\r\ni\r\n0\r\nA: b\r\n\r\n";
    const std::string plain =
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
    for (const std::string_view whole : {std::string_view(chunked), std::string_view(plain)}) {
        for (std::size_t cut = 1; cut < whole.size(); ++cut) {
            CAPTURE(cut);
            const RawClient client(server);
            client.send(whole.substr(0, cut));
            client.send(whole.substr(cut));
            CHECK(client.hear_all().ends_with("POST / hi."));
        }
    }
}

TEST_CASE("a HEAD gets the length and no body") {
    HttpServer server(small_options());
    server.serve(echo);
    const RawClient client(server);
    client.send("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string heard = client.hear_all();
    CHECK(heard.contains("Content-Length: 9\r\n"));
    CHECK(heard.contains("Date: "));
    CHECK(heard.ends_with("\r\n\r\n"));
}

TEST_CASE("a body over the limit gets its 413, although it is still being sent") {
    HttpServer server(small_options());
    server.serve(echo);
    for (const bool announced : {true, false}) {
        CAPTURE(announced);
        const RawClient client(server);
        client.send(
            announced
                ? "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
                : "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n");
        client.send(std::string(150'000, 'x'));
        const std::string heard = client.hear_until("}}\n");
        CHECK(heard.starts_with("HTTP/1.1 413 "));
        CHECK(heard.contains("\"code\":\"body_too_large\""));
        CHECK(heard.contains("Connection: close\r\n"));
    }
}

TEST_CASE("who asks before sending a body is answered first") {
    HttpServer server(small_options());
    server.serve(echo);
    const RawClient client(server);
    client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
        "Connection: close\r\n\r\n");
    CHECK(client.hear_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    CHECK(client.hear_all().ends_with("POST / hi."));
}

TEST_CASE("what is no HTTP, or too long a header, gets a 4xx and the end of the connection") {
    HttpServer server(small_options());
    server.serve(echo);

    struct Row {
        const char* name;
        std::string bytes;
        std::string status;
    };

    const auto rows = std::to_array<Row>({
        {"no HTTP", "hello\r\n\r\n", "HTTP/1.1 400 "},
        {"bad version", "GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400 "},
        {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
         "HTTP/1.1 400 "},
        {"length and chunked",
         "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         "HTTP/1.1 400 "},
        {"negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 "},
        {"long header", "GET / HTTP/1.1\r\nA: " + std::string(5000, 'a') + "\r\n\r\n",
         "HTTP/1.1 431 "},
        {"long target", "GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
         "HTTP/1.1 414 "},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const RawClient client(server);
        client.send(row.bytes);
        CHECK(client.hear_until("}}\n").starts_with(row.status));
    }
}

TEST_CASE(
    "who has not sent a whole request in time gets 408, who has sent nothing is disconnected") {
    HttpServer server(small_options());
    server.serve(echo);
    for (const char* begun :
         {"", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nA: b",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1",
          "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"}) {
        CAPTURE(begun);
        const RawClient client(server);
        client.send(begun);
        const auto before = std::chrono::steady_clock::now();
        std::string heard = client.hear_all();
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        if (heard.starts_with(go_on)) heard.erase(0, go_on.size());
        CHECK(heard.starts_with(*begun == '\0' ? "" : "HTTP/1.1 408 "));
        CHECK(heard.empty() == (*begun == '\0'));
        CHECK(std::chrono::steady_clock::now() - before < 5s);
    }
}

TEST_CASE(
    "a request that might be understood in two ways is refused, and is its connection's last") {
    HttpServer server(small_options());
    server.serve(echo);

    struct Row {
        const char* name;
        std::string head;
        const char* status;
    };

    const auto rows = std::to_array<Row>({
        {"an unknown coding", "Host: x\r\nTransfer-Encoding: gzip\r\n", "501"},
        {"a coding before chunked", "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n", "501"},
        {"a coding like chunked", "Host: x\r\nTransfer-Encoding: xchunked\r\n", "501"},
        {"chunked in quotes", "Host: x\r\nTransfer-Encoding: \"chunked\"\r\n", "501"},
        {"two codings", "Host: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
         "400"},
        {"a coding and a length", "Host: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 30\r\n",
         "501"},
        {"a length and chunked", "Host: x\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n",
         "400"},
        {"a space before the colon", "Host: x\r\nTransfer-Encoding : chunked\r\n", "400"},
        {"a signed length", "Host: x\r\nContent-Length: +3\r\n", "400"},
        {"two lengths in one", "Host: x\r\nContent-Length: 3, 4\r\n", "400"},
        {"a line ended by LF alone", "Host: x\nContent-Length: 3\r\n", "400"},
        {"a line ended by CR alone", "Host: x\rContent-Length: 3\r\n", "400"},
        {"no host", "Accept: */*\r\n", "400"},
        {"two hosts", "Host: x\r\nHost: y\r\n", "400"},
        {"two authorizations", "Host: x\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n",
         "400"},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const RawClient client(server);
        client.send("POST / HTTP/1.1\r\n" + row.head + "\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
        const std::string heard = client.hear_all();
        CHECK(heard.starts_with(base::text("HTTP/1.1 ", row.status, " ")));
        CHECK_FALSE(heard.contains("/2"));
        CHECK(heard.find("HTTP/1.1", 1) == std::string::npos);
    }
}

TEST_CASE("what stands behind a chunked body is no header") {
    HttpServer server(small_options());
    server.serve([](const Request& request) {
        Response response;
        response.body = base::text("[", request.header("authorization"), request.header("x"), "]");
        return response;
    });
    const RawClient client(server);
    client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "2\r\nhi\r\n0\r\nAuthorization: Bearer a\r\nX: y\r\n\r\n");
    CHECK(client.hear_all().ends_with("[]"));
}

TEST_CASE("a chunk without an end takes no more memory than a body may") {
    HttpServer server(small_options());
    server.serve(echo);
    for (const char* begun : {"2;x=", "0\r\nA: "}) {
        CAPTURE(begun);
        const RawClient client(server);
        client.send(
            base::text("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", begun));
        client.send(std::string(10'000, 'x'));
        CHECK(client.hear_until("}}\n").starts_with("HTTP/1.1 413 "));
    }
}

TEST_CASE("a request that breaks off gets 400, where its client still listens") {
    HttpServer server(small_options());
    server.serve(echo);
    for (const char* begun :
         {"GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"}) {
        CAPTURE(begun);
        const RawClient client(server);
        client.send(begun);
        client.end_sending();
        CHECK(client.hear_all().starts_with("HTTP/1.1 400 "));
    }
    const RawClient silent(server);
    silent.end_sending();
    CHECK(silent.hear_all().empty());
}

TEST_CASE(
    "where no connection ends for a while, one too many gets 429, until there is room again") {
    auto options = small_options();
    options.most_connections = 2;
    options.full_for = 50ms;
    options.request_timeout = 60s;
    HttpServer server(options);
    server.serve(echo);
    std::optional<RawClient> first(std::in_place, server);
    const RawClient second(server);
    for (int i = 0; i < 3; ++i) {
        const RawClient third(server);
        third.send("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
        const std::string heard = third.hear_all();
        CHECK(heard.starts_with("HTTP/1.1 429 "));
        CHECK(heard.contains("Retry-After: 5\r\n"));
        CHECK(heard.contains("Connection: close\r\n"));
    }
    second.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(second.hear_until("/2 .").contains("GET /2 ."));
    first.reset();
    std::string last;
    for (int i = 0; i < 100 && !last.ends_with("GET /4 ."); ++i) {
        const RawClient fourth(server);
        fourth.send("GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        last = fourth.hear_all();
    }
    CHECK(last.ends_with("GET /4 ."));
}

TEST_CASE("more connections than allowed wait for their turn, and none is refused") {
    auto options = small_options();
    options.most_connections = 2;
    HttpServer server(options);
    server.serve(echo);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 6; ++i)
        clients.push_back(std::make_unique<RawClient>(server));
    for (const auto& client : clients) {
        client->send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    for (auto& client : clients) {
        CHECK(client->hear_all().ends_with("GET /x ."));
        client.reset();
    }
}

TEST_CASE("a server ends while clients are connected") {
    std::optional<HttpServer> server(std::in_place, small_options());
    server->serve(echo);
    const RawClient idle(*server);
    const RawClient half(*server);
    half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc");
    server.reset();
    CHECK(idle.hear_all().empty());
}

TEST_CASE("an address that is taken, or none, is named") {
    const HttpServer server(small_options());
    auto options = small_options();
    options.port = *base::parse_decimal<std::uint16_t>(base::split(server.address(), ':').back());
    CHECK_THROWS_WITH_AS(HttpServer{options}, doctest::Contains("Address already in use"),
                         base::Failure);
    options.host = "203.0.113.1";
    CHECK_THROWS_WITH_AS(HttpServer{options}, doctest::Contains("203.0.113.1"), base::Failure);
}

namespace {

/// What a server has been asked, and not answered yet.
struct Asked {
    Request request;
    Reply reply;
};

}  // namespace

TEST_CASE("requests that are answered later have no thread, and wait for each other not at all") {
    base::Channel<Asked> asked(100);
    HttpServer server(small_options());
    server.serve([&asked](Request request, Reply reply) {
        Asked one{.request = std::move(request), .reply = std::move(reply)};
        CHECK(asked.try_push(one));
    });
    constexpr std::size_t many = 20;  // and two threads
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < many; ++i) {
        clients.push_back(std::make_unique<RawClient>(server));
        clients.back()->send(base::text("GET /", i, " HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    for (Asked& one : asked.gather(many, base::in(10s)))
        one.reply(echo(one.request));
    for (std::size_t i = 0; i < many; ++i)
        CHECK(clients[i]->hear_until(" .").contains(base::text("GET /", i, " .")));
}

TEST_CASE("a server that ends waits for what it was asked, and sends the reply") {
    std::promise<Asked> promise;
    std::optional<HttpServer> server(small_options());
    server->serve([&promise](Request request, Reply reply) {
        promise.set_value({.request = std::move(request), .reply = std::move(reply)});
    });
    const RawClient client(*server);
    client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
    auto asked = promise.get_future().get();
    {
        const std::jthread end([&server] { server.reset(); });
        asked.reply(echo(asked.request));
        asked.reply = nullptr;
    }
    CHECK(client.hear_all().contains("GET /1 ."));
}
