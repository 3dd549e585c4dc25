#include "infer/llama/shared_populate.hpp"

#include <gtest/gtest.h>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>

#include "util/large_mappings.hpp"

namespace caro::infer::llama {
namespace {

constexpr std::size_t k_size = k_large_mapping;

// Whether the first page of a new MAP_POPULATE mapping is there before its first use.
bool is_filled() {
    char name[] = "/tmp/caro-populate-XXXXXX";
    const int fd = ::mkstemp(name);
    ::unlink(name);
    EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(k_size)), 0);
    void* const mapping = ::mmap(nullptr, k_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    ::close(fd);
    EXPECT_NE(mapping, MAP_FAILED);
    // A page of a new hole comes into the page cache by being populated and in no other way.
    unsigned char in_cache = 0;
    EXPECT_EQ(::mincore(mapping, 1, &in_cache), 0);
    ::munmap(mapping, k_size);
    return (in_cache & 1U) != 0;
}

TEST(SharedPopulate, StandsInForTheKernelsPopulating) {
    EXPECT_TRUE(is_filled());
    const CancelToken go_on;
    {
        const SharedPopulate populate(2, go_on);
        EXPECT_TRUE(is_filled());
    }
    CancelToken cancelled;
    cancelled.cancel();
    {
        const SharedPopulate populate(2, cancelled);
        EXPECT_FALSE(is_filled());
    }
    EXPECT_TRUE(is_filled());
}

}  // namespace
}  // namespace caro::infer::llama

#endif
