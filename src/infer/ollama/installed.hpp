// The models a server has, and which of them suits caro best.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::infer::ollama {

struct Installed {
    std::string name;         // "qwen2.5-coder:1.5b"
    std::string family;       // "qwen2"
    double billions = 0;      // parameters; 0 if unknown
    double bytes = 0;
};

// Reads the answer of /api/tags; nullopt if it is none.
std::optional<std::vector<Installed>> parse_tags(std::string_view body);

// Whether `name` as a user writes it means that model ("x" is "x:latest").
bool same_model(std::string_view name, std::string_view installed);

// The model to use when the user named none: code models before general ones, instruction-tuned before base; among
// equals the larger, up to what answers in reasonable time without a GPU. nullptr if none can answer at all
// (embedding models cannot).
const Installed* best_model(const std::vector<Installed>& models);

}  // namespace caro::infer::ollama
