// A program that carries its model: this executable, padding, the GGUF file as it is, and a footer at the very end. The model is
// mapped in place, so it begins at a multiple of 64 KiB, which every page size divides.
//
// Footer, 256 bytes, numbers little-endian:
//     0  8  "CAROMODL"
//     8  4  version of this layout, 1
//    12  4  zero
//    16  8  offset of the model
//    24  8  its size; the footer follows at once
//    32 32  SHA-256 of the model
//    64 160 file name of the model, zero-padded
//   224 32  SHA-256 of the first 224 bytes
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "models/cache.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::models {

struct Bundle {
    std::filesystem::path program;
    std::uint64_t offset = 0;  // of the model, in bytes
    std::uint64_t size = 0;    // of the model
    std::string file;          // name the model had
    std::string sha256;
};

// The model that a program carries; nullopt if it carries none. ErrorCode::bad_model if it should but is cut short or damaged;
// io if it cannot be read. Reads 256 bytes.
Result<std::optional<Bundle>> bundle_in(const std::filesystem::path& program);

// The running program's own model, looked up once. Damage is told in the log and by bundle_problem().
const std::optional<Bundle>& own_bundle();

// What is wrong with the running program's model; "" if nothing is, or it has none.
const std::string& bundle_problem();

// Writes `output`: the program without a model it may carry, with `model` in it, executable. Atomic; an existing file is only
// replaced by a whole one. ErrorCode::io (full disk), bad_model (no GGUF file), cancelled.
Result<Bundle> write_bundle(const std::filesystem::path& program, const std::filesystem::path& model,
                            const std::string& name, const std::filesystem::path& output, const FractionSink& progress,
                            const CancelToken& cancel);

// Compares the carried model with its hash. ErrorCode::io, cancelled.
Result<bool> verify_bundle(const Bundle& bundle, const FractionSink& progress, const CancelToken& cancel);

}  // namespace caro::models
