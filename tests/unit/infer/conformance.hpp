// What the conformance tests of all back ends share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "infer/registry.hpp"
#include "support/scoped_env.hpp"

namespace caro::infer {

inline constexpr const char* k_key = "sk-conformance-key";

// Names of the registered back ends of one kind.
inline std::vector<std::string> names(bool in_process) {
    std::vector<std::string> out;
    for (const auto& entry : backends()) {
        if (entry.in_process == in_process) {
            out.emplace_back(entry.name);
        }
    }
    return out;
}

inline std::string name_of(const testing::TestParamInfo<std::string>& param) { return param.param; }

inline GenerateRequest question() {
    GenerateRequest out;
    out.prompt.system = "Answer with one shell command.";
    out.prompt.turns = {{true, "count the lines of notes.txt"}};
    out.prompt.stop = {"\n"};
    out.max_tokens = 24;
    return out;
}

class ConformanceBase : public testing::TestWithParam<std::string> {
  protected:
    std::unique_ptr<Generator> make(const BackendOptions& options) {
        auto made = (*find_backend(GetParam()))->make(options);
        EXPECT_TRUE(made);
        return std::move(*made);
    }

    test::CleanServerEnv m_env;
    test::ScopedEnv m_key{"CARO_TEST_KEY", k_key};
};

}  // namespace caro::infer
