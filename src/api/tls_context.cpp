#include "api/tls_context.hpp"

#include <cerrno>
#include <ctime>
#include <system_error>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::text;
using boost::system::error_code;
namespace ssl = boost::asio::ssl;

// Forward secrecy and authenticated encryption (RFC 9325, 4.2); those of TLS 1.3 are all such.
constexpr const char* ciphers_of_tls_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";

[[noreturn]] void fail(const char* key, const std::filesystem::path& file,
                       const std::string& cause) {
    throw base::Failure({.errc = base::Errc::config,
                         .message = text("tls.", key, ": ", file.native(), ": ", cause),
                         .field = text("tls.", key)});
}

void check_readable(const char* key, const std::filesystem::path& file, bool is_secret) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        fail(key, file, std::generic_category().message(errno));
    }
    if (is_secret && (status.st_mode & S_IROTH) != 0) {
        fail(key, file, text("others can read it: take that away with chmod o= ", file.native()));
    }
}

void check(const char* key, const std::filesystem::path& file, error_code error) {
    if (error) fail(key, file, error.message());
}

void check(long result, const char* what) {
    if (result != 1) throw base::Failure(base::Errc::internal, text("OpenSSL: ", what));
}

struct BioFree {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

struct X509Free {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

std::string subject_of(const X509* certificate) {
    const std::unique_ptr<BIO, BioFree> out(BIO_new(BIO_s_mem()));
    // UTF-8 stays as it is, so that it can be written in a configuration
    constexpr unsigned long form =
        XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, form) < 0) {
        return {};
    }
    char* words = nullptr;
    const auto length = BIO_get_mem_data(out.get(), &words);
    return {words, static_cast<std::size_t>(length)};
}

}  // namespace

std::unique_ptr<ssl::context> make_tls_context(const TlsOptions& options) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    SSL_CTX* const raw = context->native_handle();
    check(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION), "TLS 1.2");
    check(SSL_CTX_set_cipher_list(raw, ciphers_of_tls_1_2), "ciphers");
    SSL_CTX_set_options(
        raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // 34 KiB less of a connection that is idle
    // without one, OpenSSL ends resumed sessions of clients that are asked for a certificate
    constexpr std::string_view name = "xepacketcap";
    check(SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(name.data()),
                                         static_cast<unsigned>(name.size())),
          "session id context");
    error_code error;
    // nobody is there to be asked
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return ""; },
                                   error);
    check_readable("certificate", options.certificate, false);
    context->use_certificate_chain_file(options.certificate, error);
    check("certificate", options.certificate, error);
    check_readable("key", options.key, true);
    context->use_private_key_file(options.key, ssl::context::pem, error);
    check("key", options.key, error);
    if (!options.client_ca.empty()) {
        check_readable("client_ca", options.client_ca, false);
        context->load_verify_file(options.client_ca, error);
        check("client_ca", options.client_ca, error);
        SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(options.client_ca.c_str()));
        context->set_verify_mode(ssl::verify_peer, error);
    }
    return context;
}

void check_tls_files(const TlsOptions& options) {
    [[maybe_unused]] const auto read = make_tls_context(options);
}

std::string describe_certificate(ssl::context& context) {
    const X509* const certificate = SSL_CTX_get0_certificate(context.native_handle());
    if (certificate == nullptr) return {};
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return subject_of(certificate);
    const auto when = std::chrono::sys_seconds(std::chrono::seconds(::timegm(&end)));
    return text(subject_of(certificate), ", until ", base::rfc3339(when));
}

std::string subject_of_peer(SSL* connection) {
    const std::unique_ptr<X509, X509Free> certificate(SSL_get1_peer_certificate(connection));
    if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return {};
    return subject_of(certificate.get());
}

}  // namespace xpc::api
