// The built-in catalogue of models (data/models.toml).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::models {

// One model of the catalogue. Fields that are not known are empty or zero.
struct CatalogueEntry {
    std::string name;         // "qwen2.5-coder-1.5b"
    std::string title;        // "Qwen2.5-Coder 1.5B Instruct, Q4_K_M"
    std::string repo;         // on the Hugging Face hub
    std::string file;         // file name in that repository
    std::uint64_t size = 0;   // bytes; 0: the hub tells
    std::string sha256;       // ""; the hub's is pinned with the first download
    std::uint64_t parameters_m = 0;  // millions of weights
    std::uint64_t memory_mb = 0;     // megabytes that should be free for it, an estimate
    std::string licence;             // "Apache-2.0"
    std::string licence_url;
    bool permissive = true;  // false: the licence forbids some uses
    std::string chat_template;           // "chatml"
    std::vector<std::string> languages;  // of requests: "en", "de"
    std::string note;                    // one line to read before choosing it
    bool for_code = false;  // trained for code, which shell commands are
    bool is_default = false;
};

// The catalogue, in the order of its file; ErrorCode::internal if the built-in data is malformed.
Result<std::vector<CatalogueEntry>> catalogue();

// The same from a text, for tests.
Result<std::vector<CatalogueEntry>> parse_catalogue(std::string_view toml);

}  // namespace caro::models
