// What people write when they mean a model: a name, a place on the hub, an address, a path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalogue.hpp"
#include "util/result.hpp"

namespace caro::models {

// A model somebody named. Which fields are filled depends on the kind.
struct Reference {
    enum class Kind : std::uint8_t { catalogue, hub, path };
    Kind kind = Kind::catalogue;
    std::optional<CatalogueEntry> entry;  // catalogue
    std::string repo;                     // catalogue, hub: "owner/name"
    std::string file;      // catalogue, hub: path in the repository; "" for a hub reference without one
    std::string quant;     // hub: the quantisation that was asked for ("Q4_K_M"); "" if none was
    std::string revision;  // hub: branch, tag or commit; "" means the main branch
    std::filesystem::path path;  // path: as written, "~/" replaced

    // For messages: the catalogue name, "owner/name/file.gguf", "owner/name:Q4_K_M@revision", or the path.
    std::string text() const;

    // The text to keep in a setting, which means the same wherever caro runs: as text(), but with "hf://" before a
    // place on the hub, and absolute for a path.
    std::string stable_text() const;
};

// Reads a reference:
//   ""                                      the default model of the catalogue
//   qwen2.5-coder-1.5b                      a name of the catalogue, or the file name of one of its models
//   owner/name   owner/name:Q4_K_M          a repository on the hub, with a quantisation
//   owner/name/file.gguf                    a file on the hub
//   hf://owner/name[/file][:quant][@rev]    the same, whatever lies in the working folder; hf.co/… too
//   https://huggingface.co/owner/name/…     an address of the hub's pages or files; also of the host of HF_ENDPOINT
//   /dir/x.gguf  ./x.gguf  ~/x.gguf  x.gguf a file of this machine
// Names without a scheme mean a file of this machine if there is one of that name. ErrorCode::usage naming what is
// wrong, and the nearest name of the catalogue for a mistyped one.
Result<Reference> parse_reference(std::string_view text);

// Chooses the GGUF file of a repository: that of `quant`, or without one the best known kind that is there
// (Q4_K_M first), or the only one. `files` are paths in the repository. ErrorCode::not_found naming what there is;
// ErrorCode::usage for a file that comes in several parts, which caro does not load.
Result<std::string> choose_file(std::span<const std::string> files, std::string_view quant);

// "Q4_K_M" out of "model-q4_k_m.gguf", in upper case; "" if the name tells none.
std::string quant_of(std::string_view file);

}  // namespace caro::models
