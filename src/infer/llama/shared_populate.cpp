#include "infer/llama/shared_populate.hpp"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "util/large_mappings.hpp"

namespace caro::infer::llama {

namespace {

thread_local int t_threads = 0;
thread_local const CancelToken* t_cancel = nullptr;

}  // namespace

SharedPopulate::SharedPopulate(int threads, const CancelToken& cancel) noexcept {
    t_threads = threads;
    t_cancel = &cancel;
}

SharedPopulate::~SharedPopulate() {
    t_cancel = nullptr;
}

}  // namespace caro::infer::llama

#ifdef __linux__

extern "C" void* __real_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset);

extern "C" void* __wrap_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
    using namespace caro::infer::llama;
    if (t_cancel == nullptr || (flags & MAP_POPULATE) == 0 || size < caro::k_large_mapping) {
        return __real_mmap(address, size, protection, flags, fd, offset);
    }
    void* const mapping = __real_mmap(address, size, protection, flags & ~MAP_POPULATE, fd, offset);
    if (mapping != MAP_FAILED) {
        caro::populate_mapping(mapping, size, t_threads, *t_cancel);
    }
    return mapping;
}

#endif
