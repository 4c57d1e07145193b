#include "capture/af_packet/linux_capture.hpp"

#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace xpc::capture::af_packet {

LinuxCapture::LinuxCapture(std::shared_ptr<Tap> tap, Description description, Program program)
    : tap_(std::move(tap)),
      description_(std::move(description)),
      subscription_(std::move(program), description_.snaplen),
      identity_(base::text(tap_->serial(), '/', description_.snaplen, '/',
                           base::as_text(std::as_bytes(std::span(subscription_.program()))))) {}

LinuxCapture::~LinuxCapture() {
    if (is_started_) [[maybe_unused]]
        const auto end = finish();
}

Began LinuxCapture::start(pcap::FrameConsumer& consumer) {
    tap_->join(subscription_, consumer);
    const Began began = subscription_.wait_for_begin();
    is_started_ = true;
    return began;
}

End LinuxCapture::finish() {
    tap_->leave(subscription_);
    End end = subscription_.wait_for_end();
    is_started_ = false;
    return end;
}

}  // namespace xpc::capture::af_packet
