#pragma once

#include <future>
#include <utility>

namespace xpc::base {

/// What a call gives that comes later, from any thread. Blocking until then.
/// `ask` is given what is to be called: once, from wherever it has moved that to.
/// Errors: those of `ask`; std::future_error where what it was given goes without a call.
template <typename T, typename Ask>
[[nodiscard]] T wait_for_call(Ask ask) {
    std::promise<T> promise;
    auto came = promise.get_future();
    ask([promise = std::move(promise)](T value) mutable { promise.set_value(std::move(value)); });
    return came.get();
}

}  // namespace xpc::base
