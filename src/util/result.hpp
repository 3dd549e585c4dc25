// Errors as values. Every fallible function of caro returns Result<T>; exceptions of libraries are
// caught where the library is wrapped and turned into an Error there.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caro {

// What kind of failure it is. cli/exit_code.hpp maps each to a documented exit status.
enum class ErrorCode : uint8_t {
    usage,         // the command line is wrong
    config,        // a configuration file or variable is wrong
    not_found,     // a file or model is not there
    io,            // reading or writing failed (full disk, no permission)
    network,       // connect, DNS, TLS or protocol failure
    timeout,       // a deadline passed
    unauthorized,  // the server wants a (different) key: 401
    forbidden,     // the server refuses this key or client: 403
    rate_limited,  // the server is busy: 408, 429, 503
    unavailable,   // no back end can answer
    bad_model,     // the model file is damaged or not a model
    bad_output,    // the back end answered with something that is no command
    unclear,       // the request cannot be turned into a command
    checksum,      // bytes differ from what was promised
    blocked,       // refused by the safety policy
    declined,      // the user said no
    cancelled,     // Ctrl-C
    internal,      // a bug of ours
};

// Name of the code as used in JSON output ("not_found").
std::string_view to_string(ErrorCode code) noexcept;

// One failure. `message` is the one-line cause and `hint` the one-line remedy, both for people and
// without a full stop; `trail` holds what was being done, outermost last.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    std::string hint;
    std::vector<std::string> trail;
};

template <class T = void>
using Result = tl::expected<T, Error>;

// Makes the error side of a Result: `return fail(ErrorCode::io, "cannot read x", "check permissions");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
    return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint), {}});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// Adds what was being done to an error on its way up.
template <class T>
Result<T> with_context(Result<T> result, std::string_view doing) {
    if (!result) {
        result.error().trail.emplace_back(doing);
    }
    return result;
}

}  // namespace caro

#define CARO_CONCAT_INNER(a, b) a##b
#define CARO_CONCAT(a, b) CARO_CONCAT_INNER(a, b)

// TRY(expr): returns the error of a Result<> expression from the enclosing function.
#define TRY(expr)                                                        \
    do {                                                                 \
        if (auto try_result_ = (expr); !try_result_) {                   \
            return ::caro::fail(std::move(try_result_.error()));         \
        }                                                                \
    } while (false)

// TRY_ASSIGN(auto x, expr): assigns the value of a Result expression or returns its error.
#define TRY_ASSIGN(target, expr) TRY_ASSIGN_INNER(CARO_CONCAT(try_value_, __LINE__), target, expr)
#define TRY_ASSIGN_INNER(temp, target, expr)             \
    auto temp = (expr);                                  \
    if (!temp) {                                         \
        return ::caro::fail(std::move(temp.error()));    \
    }                                                    \
    target = std::move(*temp)
