#include "infer/accelerators.hpp"

#ifdef CARO_BACKEND_LLAMA
#include "infer/llama/llama_backend.hpp"
#endif

namespace caro::infer {

std::vector<Accelerator> accelerators() {
#ifdef CARO_BACKEND_LLAMA
    return llama::accelerators();
#else
    return {};
#endif
}

}  // namespace caro::infer
