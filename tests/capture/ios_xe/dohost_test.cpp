#include <filesystem>

#include <doctest/doctest.h>

#include "capture/ios_xe/device.hpp"
#include "capture/ios_xe/dohost_cli.hpp"
#include "capture/ios_xe/engine.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::capture::ios_xe;
using base::Errc;

namespace {

std::string program(const tests::ScratchFolder& folder, const std::string& script) {
    const auto path = folder.file("dohost", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

base::Result<std::string> ask(const std::string& dohost, const Batch& batch,
                              std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    const base::Stop stop;
    DohostCli cli(dohost);
    return cli.ask(batch, {.stop = stop, .patience = patience});
}

}  // namespace

TEST_CASE("a batch is one call, with configuration in it") {
    const tests::ScratchFolder folder;
    const auto dohost = program(folder, "echo \"$#:$1\"");
    const auto answer = ask(dohost, {{.text = "show clock"},
                                     {.text = "ip access-list extended X", .is_config = true},
                                     {.text = "permit ip any any", .is_config = true},
                                     {.text = "show version | include IOS"}});
    REQUIRE(answer);
    CHECK(*answer ==
          "1:show clock ; configure terminal ; ip access-list extended X ; "
          "permit ip any any ; end ; show version | include IOS\n\n");
}

TEST_CASE("without an IOS session, and outside of a guestshell, it is not ready") {
    const tests::ScratchFolder folder;
    const auto dohost = program(folder, "echo 'Unexpected Error' >&2");
    const auto refused = ask(dohost, {{.text = "show clock"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errc == Errc::not_ready);
    CHECK(refused.error().message.contains("no IOS session"));
    CHECK(refused.error().message.contains("work --once"));
    const auto missing = ask(folder.path() / "no-dohost", {{.text = "show clock"}});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().errc == Errc::not_ready);
    CHECK(missing.error().message.contains("no guestshell"));
}

TEST_CASE("a call that hangs is ended with all that it has started") {
    const tests::ScratchFolder folder;
    const auto dohost = program(folder, "(read never </dev/tty; exec sleep 100) & wait");
    const auto before = base::Deadline::clock::now();
    const auto refused = ask(dohost, {{.text = "show clock"}}, std::chrono::milliseconds(100));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errc == Errc::timeout);
    CHECK(base::Deadline::clock::now() - before < std::chrono::seconds(5));
}

TEST_CASE("nothing that has a meaning of its own reaches the device") {
    for (const char* const line :
         {"", "show x ; reload", "show x?", "show\nreload", "show \xc3\xa9", "a | b | c"}) {
        CAPTURE(line);
        const auto refused = ask("/bin/false", {{.text = line}});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errc == Errc::internal);
    }
}

TEST_CASE("where captures are exported to follows the release and the way in") {
    using capture::DeviceSettings;
    using capture::Way;
    DeviceSettings inside;
    inside.way = Way::dohost;
    CHECK(facts_of({.kind = Kind::router, .release = 16}, inside).place == "flash:");
    CHECK(facts_of({.kind = Kind::router, .release = 16}, inside).mount == "/bootflash");
    CHECK(facts_of({.kind = Kind::catalyst, .release = 17}, inside).place == "flash:guest-share/");
    CHECK(facts_of({.kind = Kind::router, .release = 17}, inside).mount ==
          "/bootflash/guest-share/");
    const DeviceSettings outside;
    CHECK(facts_of({.kind = Kind::router, .release = 17}, outside).place == "flash:");
    CHECK(facts_of({.kind = Kind::router, .release = 17}, outside).mount.empty());
    inside.export_to = "bootflash:mine/";
    inside.mount = "/mnt";
    CHECK(facts_of({.kind = Kind::router, .release = 17}, inside).place == "bootflash:mine/");
    CHECK(facts_of({.kind = Kind::router, .release = 17}, inside).mount == "/mnt");
}
