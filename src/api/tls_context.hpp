#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "api/tls_options.hpp"

namespace xpc::api {

// Private to http_server.cpp and http_connection.cpp.

/// For connections that clients open: TLS 1.2 or later, with forward secrecy and authenticated
/// encryption. A client may show a certificate where `client_ca` is given; one that it did not sign
/// ends the handshake.
/// Errors: Failure(config) with the key and the file, where one can not be read, is not what it
///         should be, or is a private key that others can read.
[[nodiscard]] std::unique_ptr<boost::asio::ssl::context> make_tls_context(
    const TlsOptions& options);

/// "CN=capture.example.org, until 2027-11-26T08:15:30Z": the server's own certificate.
[[nodiscard]] std::string describe_certificate(boost::asio::ssl::context& context);

/// Of the certificate that the client has shown and that was found good, as RFC 2253 writes it:
/// "CN=bot,O=Example". Empty where it has shown none.
[[nodiscard]] std::string subject_of_peer(SSL* connection);

}  // namespace xpc::api
