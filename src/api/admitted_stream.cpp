#include "api/admitted_stream.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace xpc::api {
namespace {

constexpr std::chrono::seconds between_questions{5};

class AdmittedStream final : public BodyStream {
public:
    AdmittedStream(std::unique_ptr<BodyStream> body, std::function<bool()> is_admitted)
        : body_(std::move(body)), is_admitted_(std::move(is_admitted)) {}

    void start(std::function<void()> wake) override { body_->start(std::move(wake)); }

    Pulled next(std::string& out) override {
        if (base::Deadline::clock::now() >= next_question_) {
            if (!is_admitted_()) return {.state = State::broken};
            next_question_ = base::in(between_questions);
        }
        Pulled pulled = body_->next(out);
        pulled.look_again = std::min(pulled.look_again, next_question_);
        return pulled;
    }

private:
    std::unique_ptr<BodyStream> body_;
    std::function<bool()> is_admitted_;
    base::Deadline next_question_ = base::in(between_questions);
};

}  // namespace

std::unique_ptr<BodyStream> admitted_stream(std::unique_ptr<BodyStream> body,
                                            std::function<bool()> is_admitted) {
    return std::make_unique<AdmittedStream>(std::move(body), std::move(is_admitted));
}

}  // namespace xpc::api
