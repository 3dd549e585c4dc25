// Which back end answers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "cli/invocation.hpp"
#include "infer/generator.hpp"
#include "infer/selector.hpp"
#include "models/cache.hpp"
#include "util/result.hpp"

namespace caro::cli {

// How back ends are chosen, from the settings and this machine.
infer::SelectionPolicy selection_policy(const config::Config& config);

// The back end the user chose, or the best one that is ready. ErrorCode::unavailable with the exact remedy if
// none is; an explicit choice never becomes another unless `fallback` is on. What the user should know (a
// fall-back, an exposed server) is added to the invocation's warnings, also later while it answers: the
// invocation must outlive the generator.
Result<std::unique_ptr<infer::Generator>> choose_backend(Invocation& invocation);

// Marks the model file of the embedded engine as in use, so that nothing removes it meanwhile, and notes the use at the end.
// Does nothing for other back ends and for models outside caro's cache.
class ModelUse {
  public:
    ModelUse(const infer::Generator& generator, const config::Config& config);
    ~ModelUse();
    ModelUse(const ModelUse&) = delete;
    ModelUse& operator=(const ModelUse&) = delete;

  private:
    std::filesystem::path m_file;
    std::optional<models::ModelInUse> m_held;
};

}  // namespace caro::cli
