#include "util/large_mappings.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#ifdef __linux__

namespace caro {
namespace {

constexpr std::size_t k_size = k_large_mapping + 4096;

// A shared read-only mapping of a file that is mostly a hole, with a word at its end.
class LargeMappings : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/caro-mapping-XXXXXX";
        const int fd = ::mkstemp(name);
        ASSERT_GE(fd, 0);
        ::unlink(name);
        ASSERT_EQ(::ftruncate(fd, static_cast<off_t>(k_size)), 0);
        ASSERT_EQ(::pwrite(fd, "end", 3, static_cast<off_t>(k_size) - 3), 3);
        address = ::mmap(nullptr, k_size, PROT_READ, MAP_SHARED, fd, 0);
        ::close(fd);
        ASSERT_NE(address, MAP_FAILED);
    }
    void TearDown() override { ::munmap(address, k_size); }

    // Bytes of the mapping that are in the page table.
    std::size_t resident() const {
        std::ifstream smaps("/proc/self/smaps");
        char begin[32];
        std::snprintf(begin, sizeof begin, "%lx-", reinterpret_cast<unsigned long>(address));
        bool here = false;
        for (std::string line; std::getline(smaps, line);) {
            here = here || line.starts_with(begin);
            unsigned long kib = 0;
            if (here && std::sscanf(line.c_str(), "Rss: %lu", &kib) == 1) {
                return kib * 1024;
            }
        }
        return 0;
    }

    void* address = nullptr;
};

TEST_F(LargeMappings, ArePopulatedByAnyNumberOfThreads) {
    for (const int threads : {1, 3, 64}) {
        EXPECT_EQ(resident(), 0U);
        populate_mapping(address, k_size, threads, CancelToken());
        if (resident() == 0) {
            GTEST_SKIP() << "this kernel has no MADV_POPULATE_READ";
        }
        EXPECT_EQ(resident(), k_size) << threads;
        ASSERT_EQ(::madvise(address, k_size, MADV_DONTNEED), 0);
    }
}

TEST_F(LargeMappings, AreNotPopulatedOnceCancelled) {
    CancelToken cancel;
    cancel.cancel();
    populate_mapping(address, k_size, 2, cancel);
    EXPECT_EQ(resident(), 0U);
}

TEST_F(LargeMappings, AreClearedAndStayReadable) {
    const char* last = static_cast<const char*>(address) + k_size - 3;
    EXPECT_EQ(std::memcmp(last, "end", 3), 0);
    EXPECT_GT(resident(), 0U);
    clear_large_mappings();
    EXPECT_EQ(resident(), 0U);
    EXPECT_EQ(std::memcmp(last, "end", 3), 0);
}

TEST_F(LargeMappings, ThatCanBeWrittenAreLeftAlone) {
    void* own = ::mmap(nullptr, k_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(own, MAP_FAILED);
    std::memcpy(own, "kept", 5);
    clear_large_mappings();
    EXPECT_STREQ(static_cast<const char*>(own), "kept");
    ::munmap(own, k_size);
}

}  // namespace
}  // namespace caro

#endif
