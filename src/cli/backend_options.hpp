// From settings to what a back end is told.
#pragma once

#include "config/config.hpp"
#include "infer/registry.hpp"

namespace caro::cli {

// Looks for the model file on this machine; never touches the network. If there is none, model_path
// is "" and model_hint says why and what to do.
infer::BackendOptions backend_options(const config::Config& config);

}  // namespace caro::cli
