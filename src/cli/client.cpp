#include "cli/client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/http_client.hpp"
#include "base/json.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "cli/job.hpp"

namespace xpc::cli {
namespace {

using base::Errc;
using base::Failure;
using base::HttpReply;
using base::HttpRequest;
using base::Json;
using base::text;

constexpr std::chrono::seconds reply_timeout{10};

// A store that is away is waited for, for some ten seconds a step.
constexpr std::chrono::minutes rehearsal_timeout{2};

constexpr std::string_view jobs_path = "/api/v1/jobs";
constexpr std::string_view tokens_path = "/api/v1/tokens";

bool is_success(const HttpReply& reply) {
    return reply.status >= 200 && reply.status < 300;
}

bool is_here(std::string_view server) {
    const auto host = server.substr(server.find("://") + 3);
    return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

/// What libcurl says, without the peer that our sentence has already named.
std::string_view cause_of(std::string_view message, std::string_view server) {
    if (message.starts_with(server)) message.remove_prefix(server.size());
    if (message.starts_with(": ")) message.remove_prefix(2);
    return message;
}

}  // namespace

Client::Client(std::string server, Credentials credentials)
    : server_(std::move(server)),
      token_(std::move(credentials.token)),
      http_({.ca_file = std::move(credentials.ca_file),
             .certificate_file = std::move(credentials.certificate_file),
             .key_file = std::move(credentials.key_file)}) {}

Job Client::submit(const Json& request, const base::Stop& stop) {
    const std::string body = request.dump();
    return job_of(send({.method = "POST",
                        .url = text(server_, jobs_path),
                        .headers = {{"Content-Type", "application/json"}},
                        .body = std::as_bytes(std::span(body))},
                       stop, base::in(reply_timeout)));
}

Json Client::rehearse(const Json& request, const base::Stop& stop) {
    const std::string body = request.dump();
    return json_of(send({.method = "POST",
                         .url = text(server_, jobs_path, "?dry_run=true"),
                         .headers = {{"Content-Type", "application/json"}},
                         .body = std::as_bytes(std::span(body))},
                        stop, base::in(rehearsal_timeout)));
}

Job Client::set_duration(std::string_view id, const std::string& duration, const base::Stop& stop) {
    const std::string body = Json::object({{"duration", duration}}).dump();
    return job_of(send({.method = "PATCH",
                        .url = text(server_, jobs_path, "/", base::percent_encoded(id)),
                        .headers = {{"Content-Type", "application/merge-patch+json"}},
                        .body = std::as_bytes(std::span(body))},
                       stop, base::in(reply_timeout)));
}

Job Client::read(std::string_view id, const base::Stop& stop) {
    return job_of(send({.url = text(server_, jobs_path, "/", base::percent_encoded(id))}, stop,
                       base::in(reply_timeout)));
}

std::string Client::transcript(std::string_view id, const base::Stop& stop) {
    return send({.url = text(server_, jobs_path, "/", base::percent_encoded(id), "/transcript")},
                stop, base::in(reply_timeout))
        .body;
}

JobPage Client::list(const JobQuery& query, const base::Stop& stop) {
    std::string url = text(server_, jobs_path);
    char separator = '?';
    const auto add = [&url, &separator](std::string_view name, const std::string& value) {
        url += text(separator, name, "=", base::percent_encoded(value));
        separator = '&';
    };
    if (query.limit) add("limit", std::to_string(*query.limit));
    for (const auto& [name, value] :
         {std::pair{"state", query.state}, std::pair{"delivery", query.delivery},
          std::pair{"device", query.device}, std::pair{"interface", query.interface},
          std::pair{"by", query.by}, std::pair{"created_after", query.created_after},
          std::pair{"created_before", query.created_before}, std::pair{"cursor", query.cursor}}) {
        if (value) add(name, *value);
    }

    const HttpReply reply = send({.url = url}, stop, base::in(reply_timeout));
    JobPage page{.json = json_of(reply)};
    const Json* jobs = page.json.find("jobs");
    if (jobs == nullptr || jobs->array() == nullptr) not_ours(reply);
    for (const Json& one : *jobs->array()) {
        auto job = job_from_json(one);
        if (!job) not_ours(reply);
        page.jobs.push_back(std::move(*job));
    }
    const Json* next = page.json.find("next");
    if (next != nullptr && next->string() != nullptr) page.next = *next->string();
    return page;
}

Job Client::end_capture(std::string_view id, const base::Stop& stop) {
    return job_of(send({.method = "POST",
                        .url = text(server_, jobs_path, "/", base::percent_encoded(id), "/stop"),
                        .headers = {{"Content-Type", "application/json"}}},
                       stop, base::in(reply_timeout)));
}

bool Client::remove(std::string_view id, const base::Stop& stop) {
    const HttpReply reply =
        send({.method = "DELETE", .url = text(server_, jobs_path, "/", base::percent_encoded(id))},
             stop, base::in(reply_timeout));
    if (reply.status != 204 && reply.status != 202) not_ours(reply);
    return reply.status == 204;
}

std::uint64_t Client::download(const Job& job, const Consumer& consume, const base::Stop& stop) {
    std::uint64_t total = 0;
    const HttpReply reply =
        send({.url = text(server_, jobs_path, "/", base::percent_encoded(job.id), "/file"),
              .follow_redirects = true,
              .on_body =
                  [&total, &consume](std::span<const std::byte> piece) {
                      total += piece.size();
                      consume(piece);
                  }},
             stop, base::never);
    if (reply.status != 200) not_ours(reply);
    if (job.object && job.object->bytes != total) {
        throw Failure(Errc::corrupt, text("the capture has ", job.object->bytes,
                                          " bytes, but its download ended after ", total));
    }
    return total;
}

Json Client::create_token(const Json& wanted, const base::Stop& stop) {
    const std::string body = wanted.dump();
    return json_of(send({.method = "POST",
                         .url = text(server_, tokens_path),
                         .headers = {{"Content-Type", "application/json"}},
                         .body = std::as_bytes(std::span(body))},
                        stop, base::in(reply_timeout)));
}

Json Client::tokens(const base::Stop& stop) {
    return json_of(send({.url = text(server_, tokens_path)}, stop, base::in(reply_timeout)));
}

void Client::revoke_token(std::string_view id, const base::Stop& stop) {
    const HttpReply reply = send(
        {.method = "DELETE", .url = text(server_, tokens_path, "/", base::percent_encoded(id))},
        stop, base::in(reply_timeout));
    if (reply.status != 204) not_ours(reply);
}

void Client::stream(std::string_view id, const Consumer& consume, const base::Stop& stop) {
    const HttpReply reply =
        send({.url = text(server_, jobs_path, "/", base::percent_encoded(id), "/stream"),
              .follow_redirects = true,  // to where the file is, if the capture has ended
              .on_body = consume,
              .stall_timeout = {}},
             stop, base::never);
    if (reply.status != 200) not_ours(reply);
}

HttpReply Client::send(HttpRequest request, const base::Stop& stop, base::Deadline deadline) {
    request.headers.emplace_back("Accept", "application/json, */*;q=0.5");
    // libcurl sends it to no other host that a redirect leads to (CURLOPT_UNRESTRICTED_AUTH)
    if (!token_.empty()) request.headers.emplace_back("Authorization", text("Bearer ", token_));
    HttpReply reply = reply_to(request, stop, deadline);
    if (!is_success(reply)) refuse_by(reply);
    return reply;
}

HttpReply Client::reply_to(const HttpRequest& request, const base::Stop& stop,
                           base::Deadline deadline) {
    try {
        HttpReply reply = http_.send(request, stop, deadline);
        reached_ = true;
        return reply;
    } catch (const Failure& failure) {  // said again in our words: who, and what to do about it
        const auto& [errc, message, _] = failure.error();
        if (errc == Errc::store_certificate && request.url.starts_with(server_)) {
            throw Failure(errc, text("certificate of ", server_, " (", cause_of(message, server_),
                                     "); --ca names who signed it"));
        }
        if (!base::traits(errc).worth_a_retry || errc == Errc::cancelled) throw;
        const std::string_view cause = cause_of(message, server_);
        if (errc == Errc::timeout) {
            throw Failure(Errc::server_unreachable,
                          text("no answer from ", server_, " (", cause, ")"));
        }
        throw Failure(
            Errc::server_unreachable,
            text("no server at ", server_, " (", cause, ")",
                 !reached_ && is_here(server_) ? "; start one with: xepacketcap serve" : ""));
    }
}

Json Client::json_of(const HttpReply& reply) const {
    auto json = base::parse_json(reply.body);
    if (!json) not_ours(reply);
    return std::move(*json);
}

Job Client::job_of(const HttpReply& reply) const {
    auto job = job_from_json(json_of(reply));
    if (!job) not_ours(reply);
    return std::move(*job);
}

void Client::refuse_by(const HttpReply& reply) const {
    const auto json = base::parse_json(reply.body);
    const Json* error = json ? json->find("error") : nullptr;
    if (error == nullptr || error->text_at("message").empty()) not_ours(reply);
    const std::string code = error->text_at("code");
    // a code that only a newer server knows: the status still tells whose fault it is
    const Errc by_status = reply.status >= 500 ? Errc::internal : Errc::invalid_value;
    throw Failure(base::Error{.errc = base::errc_from_code(code).value_or(by_status),
                              .message = error->text_at("message"),
                              .field = error->text_at("field")});
}

void Client::not_ours(const HttpReply& reply) const {
    const bool gateway = reply.status >= 502 && reply.status <= 504;
    throw Failure(
        Errc::server_unreachable,
        text(gateway ? "a proxy answers for " : "what answers is no xepacketcap: ", server_,
             " (HTTP status ", reply.status, gateway ? "), but no server behind it" : ")"));
}

bool is_outage(const base::Error& error) noexcept {
    return error.errc != Errc::cancelled && base::traits(error.errc).worth_a_retry;
}

}  // namespace xpc::cli
