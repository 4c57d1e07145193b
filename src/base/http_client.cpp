#include "base/http_client.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

constexpr std::size_t largest_kept_body = std::size_t{4} << 20U;
constexpr std::size_t largest_head = std::size_t{256} << 10U;

/// What the callbacks of one request share with send().
struct Exchange {
    const HttpRequest& request;
    HttpReply reply;
    std::size_t head_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::exception_ptr thrown;
    FileRange::Scratch scratch;
};

std::size_t on_header(char* at, std::size_t /*one*/, std::size_t length, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    exchange.head_bytes += length;
    if (exchange.head_bytes > largest_head) return 0;
    const std::string_view line = trimmed({at, length});
    if (line.starts_with("HTTP/")) {  // a new reply: after 100 Continue, or a redirect
        exchange.reply.headers.clear();
        exchange.reply.body.clear();
        const auto space = line.find(' ');
        const auto digits = space == std::string_view::npos ? "" : line.substr(space + 1, 3);
        exchange.reply.status = static_cast<int>(parse_decimal<unsigned>(digits).value_or(0));
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        exchange.reply.headers.emplace_back(lower(line.substr(0, colon)),
                                            trimmed(line.substr(colon + 1)));
    }
    return length;
}

std::size_t on_body(char* at, std::size_t /*one*/, std::size_t length, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const bool wanted = exchange.reply.status >= 200 && exchange.reply.status < 300;
    if (wanted && exchange.request.on_body) {
        try {
            exchange.request.on_body(std::as_bytes(std::span(at, length)));
        } catch (...) {  // carried across the C library, and thrown again by send()
            exchange.thrown = std::current_exception();
            return 0;
        }
    } else if (exchange.reply.body.size() + length <= largest_kept_body) {
        exchange.reply.body.append(at, length);
    } else {
        return 0;
    }
    return length;
}

std::size_t read_body(Exchange& exchange, std::span<std::byte> out) {
    const HttpBody& body = exchange.request.body;
    if (const auto* const range = std::get_if<FileRange>(&body)) {
        return out.empty() ? 0 : range->read_some(exchange.sent_bytes, out, exchange.scratch);
    }
    std::ranges::copy(std::get<0>(body).subspan(exchange.sent_bytes, out.size()), out.begin());
    return out.size();
}

std::size_t on_read(char* at, std::size_t size, std::size_t count, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const auto out = std::as_writable_bytes(std::span(at, size * count));
    const auto left = xpc::base::size(exchange.request.body) - exchange.sent_bytes;
    const auto now = out.first(std::min<std::uint64_t>(out.size(), left));
    try {
        const std::size_t got = read_body(exchange, now);
        exchange.sent_bytes += got;
        return got;
    } catch (...) {  // as in on_body()
        exchange.thrown = std::current_exception();
        return CURL_READFUNC_ABORT;
    }
}

int on_seek(void* user, curl_off_t offset, int origin) {
    auto& exchange = *static_cast<Exchange*>(user);
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    exchange.sent_bytes = std::min(static_cast<std::uint64_t>(offset), size(exchange.request.body));
    return CURL_SEEKFUNC_OK;
}

/// A host, or an address, and a port.
struct Place {
    std::string host;
    std::string port;
};

/// Opens what libcurl asks for, and notes where that goes to.
curl_socket_t on_socket(void* user, curlsocktype /*purpose*/, curl_sockaddr* address) {
    auto& tried = *static_cast<Place*>(user);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getnameinfo(&address->addr, address->addrlen, host.data(), host.size(), port.data(),
                      port.size(), NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        tried = {.host = host.data(), .port = port.data()};
    }
    // libcurl closes it
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// What libcurl sends from: large enough for reading past the page cache; and the least that it
// takes.
constexpr long buffer_bytes = 1L << 20U;
constexpr long idle_buffer_bytes = 16L << 10U;

/// A file can be read past the page cache into memory that begins at a page, as buffers do then.
void* allocate(std::size_t bytes) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t least_buffer = std::size_t{64} << 10U;
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): it is libcurl's, which frees it
    if (bytes < least_buffer) return std::malloc(bytes);
    return std::aligned_alloc(page, (bytes + page - 1) / page * page);
}

void initialise_library_once() {
    static const CURLcode result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, &allocate, &std::free,
                                                        &std::realloc, &::strdup, &std::calloc);
    if (result != CURLE_OK) throw Failure(Errc::internal, curl_easy_strerror(result));
}

struct SlistDelete {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

using Slist = std::unique_ptr<curl_slist, SlistDelete>;

void append(Slist& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    [[maybe_unused]] auto* const same_head = list.release();
    list.reset(longer);
}

std::string peer_of(const std::string& url) {
    const auto scheme = url.find("://");
    const auto end = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
    return url.substr(0, end);
}

Place place_of(const std::string& url) {
    const std::string peer = peer_of(url);
    const auto authority =
        std::string_view(peer).substr(std::min(peer.find("://") + 3, peer.size()));
    const auto end_of_address = authority.find(']');  // of IPv6
    const auto colon =
        authority.find(':', end_of_address == std::string_view::npos ? 0 : end_of_address);
    std::string host(authority.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::string_view port = peer.starts_with("https:") ? "443" : "80";
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    return {.host = std::move(host), .port = std::string(port)};
}

bool is_ipv4(const std::string& host) {
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

/// Whether the URL is of this very host, or of its link, as instance metadata are (RFC 3927): a
/// proxy elsewhere would not reach it, or would reach its own.
bool is_near(const std::string& url) {
    const std::string host = place_of(url).host;
    const bool is_near_address =
        is_ipv4(host) && (host.starts_with("127.") || host.starts_with("169.254."));
    return is_near_address || host == "::1" || host == "localhost";
}

/// "by proxy HOST:PORT: " where the connection went to one. Which one that is libcurl has found
/// out by itself, and tells nobody; it shows by the port, or by the address where the URL has one.
std::string by_proxy(const std::string& url, const Place& tried) {
    const Place wanted = place_of(url);
    const bool went_there =
        tried.port == wanted.port && (!is_ipv4(wanted.host) || tried.host == wanted.host);
    if (tried.port.empty() || went_there) return {};
    return tried.host.contains(':') ? text("by proxy [", tried.host, "]:", tried.port, ": ")
                                    : text("by proxy ", tried.host, ':', tried.port, ": ");
}

}  // namespace

struct HttpClient::Curl {
    struct EasyDelete {
        void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
    };

    struct MultiDelete {
        void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
    };

    HttpClientOptions options;
    FileRange::Memory memory;
    Place tried;  ///< where the last connection went to
    // destroyed in the reverse order: the easy handle before the multi handle
    std::unique_ptr<CURLM, MultiDelete> multi;
    std::unique_ptr<CURL, EasyDelete> easy;
};

namespace {

/// A program that is linked statically runs on systems that are not the one it was built on.
/// Empty: libcurl's own.
const std::string& system_ca_file() {
    static const std::string found = [] {
        for (const char* const path : {"/etc/ssl/certs/ca-certificates.crt",  // Debian
                                       "/etc/pki/tls/certs/ca-bundle.crt",    // CentOS: guestshells
                                       "/etc/ssl/ca-bundle.pem",              // SUSE
                                       "/etc/ssl/cert.pem"}) {                // Alpine
            if (::access(path, R_OK) == 0) return std::string(path);
        }
        return std::string();
    }();
    return found;
}

void set_up(CURL* easy, const HttpClientOptions& options, const HttpRequest& request,
            Exchange& exchange, Place& tried, curl_slist* headers,
            std::array<char, CURL_ERROR_SIZE>& cause) {
    const auto set = [easy](CURLoption option, auto value) {
        const CURLcode result = curl_easy_setopt(easy, option, value);
        if (result != CURLE_OK) throw Failure(Errc::internal, curl_easy_strerror(result));
    };
    curl_easy_reset(easy);
    set(CURLOPT_ERRORBUFFER, cause.data());
    set(CURLOPT_NOSIGNAL, 1L);
    // HTTP/2 costs this library's version three to four times the CPU for an upload
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);  // what is sent is what was signed
    set(CURLOPT_USERAGENT, "xepacketcap");
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, 5L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count() / 1000));
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &exchange);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_READFUNCTION, &on_read);
    set(CURLOPT_READDATA, &exchange);
    set(CURLOPT_SEEKFUNCTION, &on_seek);
    set(CURLOPT_SEEKDATA, &exchange);
    set(CURLOPT_OPENSOCKETFUNCTION, &on_socket);
    set(CURLOPT_OPENSOCKETDATA, &tried);
    set(CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes);
    if (request.past_proxy || is_near(request.url)) set(CURLOPT_PROXY, "");
    const std::string& authorities = options.ca_file.empty() ? system_ca_file() : options.ca_file;
    if (!authorities.empty()) set(CURLOPT_CAINFO, authorities.c_str());
    if (!options.certificate_file.empty()) {
        const bool is_one_file = options.key_file.empty();
        set(CURLOPT_SSLCERT, options.certificate_file.c_str());
        set(CURLOPT_SSLKEY, (is_one_file ? options.certificate_file : options.key_file).c_str());
    }
    if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (request.method == "PUT") {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size(request.body)));
    } else if (request.method == "POST" || size(request.body) > 0) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size(request.body)));
        if (request.method != "POST") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    } else {
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
}

Errc errc_of(CURLcode result) {
    switch (result) {
        case CURLE_OPERATION_TIMEDOUT:
            return Errc::timeout;
        case CURLE_COULDNT_RESOLVE_HOST:
            return Errc::store_unresolved;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return Errc::store_certificate;
        default:
            return Errc::store_unreachable;
    }
}

[[noreturn]] void fail(CURL* easy, CURLcode result, const std::string& cause,
                       const HttpRequest& request, const Place& tried) {
    std::string why = cause.empty() ? curl_easy_strerror(result) : cause;
    long os_error = 0;  // "Couldn't connect to server" is all that libcurl says of a refusal
    if (result == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error) == CURLE_OK && os_error != 0) {
        why = std::generic_category().message(static_cast<int>(os_error));
    }
    if (result == CURLE_WRITE_ERROR) why = "the reply is larger than we take";
    char* last_url = nullptr;  // after redirects
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &last_url);
    const std::string way = by_proxy(last_url == nullptr ? request.url : last_url, tried);
    throw Failure(errc_of(result), text(peer_of(request.url), ": ", way, why));
}

}  // namespace

std::uint64_t size(const HttpBody& body) noexcept {
    const auto* const range = std::get_if<FileRange>(&body);
    return range == nullptr ? std::get<0>(body).size() : range->bytes;
}

std::string HttpReply::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, [](const auto& one) { return one.first; });
    return found == headers.end() ? std::string() : found->second;
}

HttpClient::HttpClient(HttpClientOptions options) {
    initialise_library_once();
    curl_ = std::make_unique<Curl>();
    curl_->options = std::move(options);
    curl_->multi.reset(curl_multi_init());
    curl_->easy.reset(curl_easy_init());
    if (!curl_->multi || !curl_->easy) throw Failure(Errc::no_memory, "libcurl: out of memory");
}

HttpClient::~HttpClient() = default;

HttpReply HttpClient::send(const HttpRequest& request, const Stop& stop, Deadline deadline) {
    CURL* const easy = curl_->easy.get();
    CURLM* const multi = curl_->multi.get();
    Exchange exchange{.request = request,
                      .reply = {},
                      .head_bytes = 0,
                      .sent_bytes = 0,
                      .thrown = {},
                      .scratch = FileRange::Scratch(curl_->memory)};
    std::array<char, CURL_ERROR_SIZE> cause{};
    Slist headers;
    for (const auto& [name, value] : request.headers) {
        // CURLOPT_HTTPHEADER(3): "Name: " alone would keep the header from being sent
        append(headers, trimmed(value).empty() ? name + ';' : text(name, ": ", value));
    }
    set_up(easy, curl_->options, request, exchange, curl_->tried, headers.get(), cause);

    curl_multi_add_handle(multi, easy);
    const auto detach = [multi](CURL* handle) {
        curl_multi_remove_handle(multi, handle);
        curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, idle_buffer_bytes);  // frees the other
    };
    const std::unique_ptr<CURL, decltype(detach)> attached(easy, detach);
    int running = 1;
    CURLcode result = CURLE_OK;
    while (running > 0) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) {
            throw Failure(Errc::internal, "libcurl: curl_multi_perform failed");
        }
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
            if (message->msg == CURLMSG_DONE) result = message->data.result;
        }
        if (running == 0) break;
        if (stop.requested()) throw Failure(Errc::cancelled, peer_of(request.url) + ": cancelled");
        const auto rest = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (deadline != never && rest.count() <= 0) {
            throw Failure(Errc::timeout, peer_of(request.url) + ": no reply in time");
        }
        curl_waitfd stopping{.fd = stop.fd().raw(), .events = CURL_WAIT_POLLIN, .revents = 0};
        const auto pause = deadline == never ? 1000 : std::min<std::int64_t>(1000, rest.count());
        curl_multi_poll(multi, &stopping, 1, static_cast<int>(pause), nullptr);
    }
    if (exchange.thrown) std::rethrow_exception(exchange.thrown);
    if (result != CURLE_OK) fail(easy, result, cause.data(), request, curl_->tried);
    return std::move(exchange.reply);
}

}  // namespace xpc::base
