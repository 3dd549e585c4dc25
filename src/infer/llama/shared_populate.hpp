// Has the engine's mapping of the weights filled by several threads. The engine maps a model with MAP_POPULATE, which
// one thread of the kernel fills, a tenth of a second for a gigabyte, and which hears no cancel token.
#pragma once

#include "util/cancel.hpp"

namespace caro::infer::llama {

// While it lives, what this thread maps with MAP_POPULATE and is large is filled by `threads` threads instead, and not
// to the end if `cancel` says so. The linker hands every call of mmap() to us (--wrap=mmap, see src/CMakeLists.txt);
// without such an object, and on systems other than Linux, mmap() is what it always is. Not to be nested.
class SharedPopulate {
  public:
    SharedPopulate(int threads, const CancelToken& cancel) noexcept;
    ~SharedPopulate();
    SharedPopulate(const SharedPopulate&) = delete;
    SharedPopulate& operator=(const SharedPopulate&) = delete;
};

}  // namespace caro::infer::llama
