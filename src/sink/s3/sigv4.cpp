#include "sink/s3/sigv4.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

using base::text;

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// "20130524/us-east-1/s3/aws4_request"
std::string credential_scope(const SigningScope& scope) {
    return text(base::iso8601_basic(scope.when).substr(0, 8), '/', scope.region, '/', scope.service,
                "/aws4_request");
}

/// Runs of spaces count as one in a signed value.
std::string squeezed(std::string_view raw) {
    std::string out;
    for (const char c : base::trimmed(raw)) {
        if (c != ' ' || !out.ends_with(' ')) out.push_back(c);
    }
    return out;
}

/// Names in lower case, sorted.
Fields canonical_headers(const Fields& headers) {
    Fields out;
    out.reserve(headers.size());
    for (const auto& [name, value] : headers)
        out.emplace_back(base::lower(name), squeezed(value));
    std::ranges::sort(out);
    return out;
}

}  // namespace

std::string canonical_query(const Fields& query) {
    Fields encoded;
    encoded.reserve(query.size());
    for (const auto& [name, value] : query)
        encoded.emplace_back(base::percent_encoded(name), base::percent_encoded(value));
    std::ranges::sort(encoded);
    std::string out;
    for (const auto& [name, value] : encoded) {
        if (!out.empty()) out += '&';
        out += text(name, '=', value);
    }
    return out;
}

std::string signed_headers(const Fields& headers) {
    std::string out;
    for (const auto& [name, _] : canonical_headers(headers)) {
        if (!out.empty()) out += ';';
        out += name;
    }
    return out;
}

std::string canonical_request(const Unsigned& request) {
    std::string out =
        text(request.method, '\n', request.path, '\n', canonical_query(request.query), '\n');
    for (const auto& [name, value] : canonical_headers(request.headers))
        out += text(name, ':', value, '\n');
    return text(out, '\n', signed_headers(request.headers), '\n', request.payload_hash);
}

std::string string_to_sign(const SigningScope& scope, std::string_view canonical) {
    return text(algorithm, '\n', base::iso8601_basic(scope.when), '\n', credential_scope(scope),
                '\n', base::hex(base::sha256(canonical)));
}

std::string signature(const Credentials& credentials, const SigningScope& scope,
                      std::string_view to_sign) {
    std::string key = "AWS4" + credentials.secret_key;
    const std::string in_turn = credential_scope(scope);
    for (const auto piece : base::split(in_turn, '/'))
        key = base::hmac_sha256(key, piece);
    return base::hex(base::hmac_sha256(key, to_sign));
}

void sign(Unsigned& request, const Credentials& credentials, const SigningScope& scope) {
    request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
    request.headers.emplace_back("x-amz-date", base::iso8601_basic(scope.when));
    if (!credentials.session_token.empty()) {
        request.headers.emplace_back("x-amz-security-token", credentials.session_token);
    }
    const std::string proof =
        signature(credentials, scope, string_to_sign(scope, canonical_request(request)));
    std::string authorization =
        text(algorithm, " Credential=", credentials.access_key, '/', credential_scope(scope),
             ", SignedHeaders=", signed_headers(request.headers), ", Signature=", proof);
    request.headers.emplace_back("Authorization", std::move(authorization));
}

std::string presigned_query(std::string_view method, std::string_view host, std::string_view path,
                            const Credentials& credentials, const SigningScope& scope,
                            std::chrono::seconds lifetime) {
    Fields query{
        {"X-Amz-Algorithm", std::string(algorithm)},
        {"X-Amz-Credential", text(credentials.access_key, '/', credential_scope(scope))},
        {"X-Amz-Date", base::iso8601_basic(scope.when)},
        {"X-Amz-Expires", std::to_string(lifetime.count())},
        {"X-Amz-SignedHeaders", "host"},
    };
    if (!credentials.session_token.empty()) {
        query.emplace_back("X-Amz-Security-Token", credentials.session_token);
    }
    const Unsigned request{.method = std::string(method),
                           .path = std::string(path),
                           .query = query,
                           .headers = {{"Host", std::string(host)}},
                           .payload_hash = std::string(unsigned_payload)};
    const std::string proof =
        signature(credentials, scope, string_to_sign(scope, canonical_request(request)));
    return text(canonical_query(query), "&X-Amz-Signature=", proof);
}

}  // namespace xpc::sink::s3
