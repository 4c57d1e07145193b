#include "api/reply_head.hpp"

#include "base/clock.hpp"

namespace xpc::api {

namespace http = boost::beast::http;

http::response<http::string_body> reply_head(const Response& response, unsigned version,
                                             bool keep_alive) {
    const std::uint64_t length = response.file ? response.file->length : response.body.size();
    http::response<http::string_body> head;
    head.version(version);
    head.result(static_cast<unsigned>(response.status));
    head.set(http::field::date, base::http_date(base::wall_now()));
    for (const auto& [name, value] : response.headers)
        head.insert(name, value);
    if (response.stream) {
        if (version >= http_1_1) head.chunked(true);
    } else if (response.status != 204 && response.status != 304) {
        head.set(http::field::content_length, std::to_string(length));
    }
    head.keep_alive(keep_alive);
    return head;
}

}  // namespace xpc::api
