#include "infer/llama/llama_backend.hpp"

namespace caro::infer::llama {

Result<std::unique_ptr<Generator>> make(const BackendOptions&) {
    return fail(ErrorCode::unavailable, "not built yet");
}

}  // namespace caro::infer::llama
