#include "api/request_head.hpp"

#include "base/text.hpp"

namespace xpc::api {

std::string peer_of(const boost::asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    return error ? std::string() : endpoint.address().to_string();
}

Request to_request(const boost::beast::http::request_header<>& header) {
    Request request;
    request.method = header.method_string();
    request.target = header.target();
    for (const auto& field : header) {
        request.headers.emplace(base::lower(field.name_string()), field.value());
    }
    return request;
}

std::string_view Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace xpc::api
