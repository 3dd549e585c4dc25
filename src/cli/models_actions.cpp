// The actions of `caro models`; what they do is in cli/commands/models*.cpp.
#include <algorithm>
#include <array>

#include "cli/options.hpp"

namespace caro::cli {

namespace {

constexpr std::size_t k_many = 64;

constexpr std::array k_actions = {
    ActionRow{"list", "", "Models of the catalogue and those on this machine"},
    ActionRow{"recommend", "", "What this machine can do, how quick each model would be, and which one to use"},
    ActionRow{"search", "WORD", "Look for models on the hub", 1, 1},
    ActionRow{"pull", "[MODEL]", "Fetch a model, or go on where that stopped", 0, 1, true},
    ActionRow{"verify", "[MODEL]", "Read a model whole and compare it with its SHA-256; without one, all in the cache", 0,
              1, true},
    ActionRow{"use", "MODEL", "Make a model the one that answers (the setting model)", 1, 1, true},
    ActionRow{"info", "[MODEL]", "All that is known of a model", 0, 1, true},
    ActionRow{"rm", "MODEL...", "Remove models from the cache", 1, k_many, true},
    ActionRow{"prune", "", "Remove unfinished downloads, and the longest unused models beyond models.max_size"},
    ActionRow{"bundle", "FILE", "Write a program that carries the model in use (or that of -m) inside itself", 1, 1},
    ActionRow{"import", "FOLDER|REPO", "Make a model file of a Hugging Face checkpoint (config.json and .safetensors files)", 1, 1},
    ActionRow{"path", "[MODEL]", "Print where a model's file is", 0, 1, true},
};

}  // namespace

std::span<const ActionRow> models_actions() { return k_actions; }

const ActionRow* find_models_action(std::string_view name) {
    const auto* found =
        std::find_if(k_actions.begin(), k_actions.end(), [&](const auto& row) { return row.name == name; });
    return found == k_actions.end() ? nullptr : &*found;
}

bool fits_models(std::span<const std::string> operands) {
    if (operands.empty()) {
        return true;
    }
    const ActionRow* row = find_models_action(operands.front());
    const std::size_t rest = operands.size() - 1;
    if (row == nullptr || rest < row->least || rest > row->most) {
        return false;
    }
    // Several words in a row read like a sentence ("models rm old big files"), unless they look like models.
    const auto looks_like_model = [](const std::string& word) {
        return word.find_first_of("./0123456789") != std::string::npos;
    };
    return rest <= 1 || std::all_of(operands.begin() + 1, operands.end(), looks_like_model);
}

}  // namespace caro::cli
