#include "infer/accelerators.hpp"

#ifdef CARO_BACKEND_LLAMA
#include "infer/llama/llama_backend.hpp"
#endif

namespace caro::infer {

std::vector<Accelerator> accelerators() {
#ifdef CARO_BACKEND_LLAMA
    // Asking starts the engine, of which not even the first instruction may be one that this processor lacks.
    return missing_instructions().empty() ? llama::accelerators() : std::vector<Accelerator>();
#else
    return {};
#endif
}

bool has_gpu_support() {
#ifdef CARO_GPU_SUPPORT
    return true;
#else
    return false;
#endif
}

std::string missing_instructions() {
    std::string out;
#if defined(CARO_ENGINE_X86_64_V3) && defined(__x86_64__)
    // The same list as in cmake/deps/Llama.cmake.
    const auto need = [&out](const char* name, bool there) {
        if (!there) {
            out += (out.empty() ? "" : ", ") + std::string(name);
        }
    };
    __builtin_cpu_init();
    need("SSE4.2", __builtin_cpu_supports("sse4.2") != 0);
    need("AVX", __builtin_cpu_supports("avx") != 0);
    need("AVX2", __builtin_cpu_supports("avx2") != 0);
    need("FMA", __builtin_cpu_supports("fma") != 0);
    need("BMI2", __builtin_cpu_supports("bmi2") != 0);
#endif
    return out;
}

}  // namespace caro::infer
