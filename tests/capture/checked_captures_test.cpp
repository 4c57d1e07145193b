#include "capture/checked_captures.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::capture;

namespace {

/// Counts what it is asked, and refuses the filter "bad".
class CountingEngine : public Engine {
public:
    [[nodiscard]] base::Result<Description> check(const CaptureOptions& options) const override {
        ++asked;
        if (options.filter.expression == "bad") {
            return base::refuse(base::Errc::invalid_value, "bad", "filter");
        }
        return Description{.interface = options.interface,
                           .link_type = pcap::LinkType::ethernet,
                           .snaplen = options.snaplen,
                           .filter = options.filter.expression};
    }

    [[nodiscard]] bool has_room(const std::string& /*interface*/) override { return true; }

    [[nodiscard]] std::vector<std::unique_ptr<Capture>> open(
        const CaptureOptions& /*options*/) override {
        return {};
    }

    void prepare() override {}

    mutable int asked = 0;
};

CaptureOptions on_lo(std::string expression) {
    return {.interface = "lo",
            .filter = {.protocol = Protocol::udp,
                       .source = {},
                       .destination = {},
                       .source_port = {},
                       .destination_port = {},
                       .expression = std::move(expression)}};
}

}  // namespace

TEST_CASE("what was granted is granted again without asking, and nothing else is") {
    CheckedCaptures checked;
    const CountingEngine engine;
    for (int i = 0; i < 3; ++i)
        CHECK(checked.check(engine, on_lo("port 53"))->filter == "port 53");
    CHECK(engine.asked == 1);
    CHECK(checked.check(engine, on_lo("port 54"))->filter == "port 54");
    CHECK(engine.asked == 2);
    CaptureOptions shorter = on_lo("port 53");
    shorter.snaplen = 64;
    CHECK(checked.check(engine, shorter)->snaplen == 64);
    CaptureOptions elsewhere = on_lo("port 53");
    elsewhere.interface = "any";
    CHECK(checked.check(engine, elsewhere)->interface == "any");
    CHECK(engine.asked == 4);
}

TEST_CASE("what was refused is asked for each time, and so is an interface that is not there") {
    CheckedCaptures checked;
    const CountingEngine engine;
    CaptureOptions nowhere = on_lo("");
    nowhere.interface = "no-such-if0";
    for (int i = 1; i <= 3; ++i) {
        CHECK_FALSE(checked.check(engine, on_lo("bad")));
        [[maybe_unused]] const auto said = checked.check(engine, nowhere);
        CHECK(engine.asked == 2 * i);
    }
}

TEST_CASE("only so many are remembered: those that were asked for last") {
    CheckedCaptures checked;
    const CountingEngine engine;
    for (std::size_t i = 0; i <= CheckedCaptures::most; ++i) {
        CHECK(checked.check(engine, on_lo("port " + std::to_string(i))));
        CHECK(checked.check(engine, on_lo("port 0")));
    }
    const int before = engine.asked;
    CHECK(checked.check(engine, on_lo("port 0")));
    CHECK(engine.asked == before);
    CHECK(checked.check(engine, on_lo("port 1")));
    CHECK(engine.asked == before + 1);
}
