// Comparing made text with a file of the repository.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace caro::test {

// Expects `text` to be the content of `path` (below the source folder). With CARO_TEST_ACCEPT=1 in the environment the
// file is written instead; look at the difference before you commit it.
inline void expect_golden(const std::string& path, const std::string& text) {
    const std::filesystem::path file = std::filesystem::path(CARO_SOURCE_DIR) / path;
    if (const char* accept = std::getenv("CARO_TEST_ACCEPT"); accept != nullptr && *accept == '1') {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return;
    }
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    EXPECT_TRUE(stream.good() || !content.str().empty()) << path << " is missing";
    EXPECT_EQ(content.str(), text) << path << " is out of date; if the new text is right, run with CARO_TEST_ACCEPT=1";
}

}  // namespace caro::test
