#pragma once

#include <cstddef>
#include <list>

#include "base/guarded.hpp"
#include "capture/engine.hpp"
#include "capture/interfaces.hpp"

namespace xpc::capture {

/// Remembers what this host's engine has said that it can do: clients ask for the same captures
/// again and again, and compiling a filter twice for each takes longer than storing the job. What
/// is remembered is of one interface: when another one has got its name, the engine is asked again.
/// Threads: any.
class CheckedCaptures {
public:
    /// The last wishes that were granted.
    static constexpr std::size_t most = 64;

    /// What `engine`, always the same, says of the options. Errors: those of Engine::check().
    [[nodiscard]] base::Result<Description> check(const Engine& engine,
                                                  const CaptureOptions& options);

private:
    /// All that the engine looks at.
    struct Wish {
        Interface interface;
        Filter filter;
        std::uint32_t snaplen = 0;

        friend bool operator==(const Wish&, const Wish&) = default;
    };

    struct Granted {
        Wish wish;
        Description description;
    };

    InterfaceFinder finder_;
    base::Guarded<std::list<Granted>> granted_;  ///< the one that was asked for last is the first
};

}  // namespace xpc::capture
