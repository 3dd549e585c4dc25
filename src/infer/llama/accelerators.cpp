#include "infer/accelerators.hpp"

#include <ggml-backend.h>

#include "infer/llama/llama_backend.hpp"

namespace caro::infer::llama {

std::vector<Accelerator> accelerators() {
    std::vector<Accelerator> found;
    for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_dev_t device = ggml_backend_dev_get(i);
        if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_GPU) {
            std::size_t free = 0;
            std::size_t total = 0;
            ggml_backend_dev_memory(device, &free, &total);
            found.push_back({ggml_backend_dev_description(device), total, free});
        }
    }
    return found;
}

}  // namespace caro::infer::llama
