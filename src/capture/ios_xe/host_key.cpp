#include "capture/ios_xe/host_key.hpp"

#include <filesystem>
#include <memory>

#include <libssh2.h>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;

int key_bits(int type) {
    switch (type) {
        case LIBSSH2_HOSTKEY_TYPE_RSA:
            return LIBSSH2_KNOWNHOST_KEY_SSHRSA;
        case LIBSSH2_HOSTKEY_TYPE_ECDSA_256:
            return LIBSSH2_KNOWNHOST_KEY_ECDSA_256;
        case LIBSSH2_HOSTKEY_TYPE_ECDSA_384:
            return LIBSSH2_KNOWNHOST_KEY_ECDSA_384;
        case LIBSSH2_HOSTKEY_TYPE_ECDSA_521:
            return LIBSSH2_KNOWNHOST_KEY_ECDSA_521;
        case LIBSSH2_HOSTKEY_TYPE_ED25519:
            return LIBSSH2_KNOWNHOST_KEY_ED25519;
        default:
            return LIBSSH2_KNOWNHOST_KEY_UNKNOWN;
    }
}

/// A LIBSSH2_KNOWNHOST_CHECK_ value.
int look_up(LIBSSH2_SESSION* session, const DeviceSettings& settings,
            const std::filesystem::path& file, std::string_view key, int type) {
    const auto free_hosts = [](LIBSSH2_KNOWNHOSTS* hosts) { libssh2_knownhost_free(hosts); };
    const std::unique_ptr<LIBSSH2_KNOWNHOSTS, decltype(free_hosts)> hosts(
        libssh2_knownhost_init(session), free_hosts);
    if (!hosts) throw Failure(Errc::no_memory, "known_hosts: no memory");
    // a file that is not there knows nobody
    libssh2_knownhost_readfile(hosts.get(), file.c_str(), LIBSSH2_KNOWNHOST_FILE_OPENSSH);
    const int kind = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | key_bits(type);
    return libssh2_knownhost_checkp(hosts.get(), settings.host.c_str(), settings.port, key.data(),
                                    key.size(), kind, nullptr);
}

}  // namespace

std::string fingerprint_of(std::string_view key) {
    auto digest = base::base64(base::sha256(key));
    while (digest.ends_with('='))
        digest.pop_back();
    return "SHA256:" + digest;
}

void check_host_key(LIBSSH2_SESSION* session, const DeviceSettings& settings) {
    std::size_t length = 0;
    int type = 0;
    const char* const raw = libssh2_session_hostkey(session, &length, &type);
    if (raw == nullptr) throw Failure(Errc::device_host_key, "it shows no host key");
    const std::string_view key(raw, length);
    const auto shown = fingerprint_of(key);
    if (!settings.fingerprint.empty()) {
        auto wanted = settings.fingerprint;
        while (wanted.ends_with('='))
            wanted.pop_back();
        if (wanted == shown) return;
        throw Failure(Errc::device_host_key,
                      text("its host key is ", shown, ", and not the configured ", wanted,
                           ": somebody else answers there, or its key was made anew"));
    }
    const std::filesystem::path& file = settings.known_hosts;
    switch (look_up(session, settings, file, key, type)) {
        case LIBSSH2_KNOWNHOST_CHECK_MATCH:
            return;
        case LIBSSH2_KNOWNHOST_CHECK_MISMATCH:
            throw Failure(Errc::device_host_key,
                          text("its host key is ", shown, ", and not the one in ", file.native(),
                               ": somebody else answers there, or its key was made anew"));
        default:
            throw Failure(Errc::device_host_key,
                          text("its host key is not in ", file.native(),
                               "; if it is the right one, configure fingerprint = \"", shown, '"'));
    }
}

}  // namespace xpc::capture::ios_xe
