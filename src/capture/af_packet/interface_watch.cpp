#include "capture/af_packet/interface_watch.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::capture::af_packet {
namespace {

constexpr std::chrono::milliseconds between_looks{250};

}  // namespace

std::optional<std::string> InterfaceWatch::fate(int pending) {
    if (pending != 0) return base::Failure::from_errno("went away", pending).error().message;
    const auto now = base::Deadline::clock::now();
    const bool has_name = interface_.index != 0;  // `any` has none to lose
    if (!has_name || now < next_look_) return std::nullopt;
    next_look_ = now + between_looks;
    const std::string name = interface_name(interface_.index);
    if (name == interface_.name) return std::nullopt;
    return name.empty() ? "went away" : base::text("is called ", base::quoted(name), " now");
}

}  // namespace xpc::capture::af_packet
