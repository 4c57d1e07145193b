#include "capture/ios_xe/host_key.hpp"

#include <doctest/doctest.h>

#include "capture/ios_xe/scp_files.hpp"

using namespace xpc;
using namespace xpc::capture::ios_xe;

TEST_CASE("a fingerprint is written as ssh-keygen writes it") {
    // of no bytes: base64 of the SHA-256 that FIPS 180-4's examples have for them
    CHECK(fingerprint_of("") == "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST_CASE("a device's words in place of a file are told") {
    CHECK(parse_scp_head("C0644 1234 XP100001.pcap\n")->bytes == 1234);
    for (const char* const line : {"\1scp: flash:x: No such file\n", "Administratively disabled.\n",
                                   "C0644 -1 x\n", "C0644\n", "\n"}) {
        CAPTURE(line);
        const auto head = parse_scp_head(line);
        REQUIRE_FALSE(head);
        CHECK(head.error().errc == base::Errc::device_refused);
    }
    CHECK(parse_scp_head("Administratively disabled.\n")
              .error()
              .message.contains("ip scp server enable"));
}
