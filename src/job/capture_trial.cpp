#include "job/capture_trial.hpp"

#include "base/text.hpp"
#include "capture/engines.hpp"

namespace xpc::job {

std::string try_capture(const std::string& interface) {
    constexpr std::size_t ring_bytes = std::size_t{4} << 20U;
    const capture::Engines engines(ring_bytes, 1);
    auto* const engine = base::value_or_throw(engines.find(capture::local_device));
    const capture::CaptureOptions options{.interface = interface, .filter = {}};
    [[maybe_unused]] const auto known = base::value_or_throw(engine->check(options));
    [[maybe_unused]] const auto captures = engine->open(options);
    return base::text("interface ", interface, " can be captured");
}

}  // namespace xpc::job
