// Reads any text as manifest.json: what was read is written and read again as the same, and names no file elsewhere.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <unistd.h>

#include "models/manifest.hpp"

namespace fs = std::filesystem;

namespace {

// A cache with two models; removed at the end.
struct Place {
    fs::path dir = fs::temp_directory_path() / ("caro-manifest-fuzz-" + std::to_string(::getpid()));
    Place() {
        fs::create_directories(dir / "models");
        std::ofstream(dir / "models" / "a.gguf") << "a";
        std::ofstream(dir / "models" / "b.gguf") << "b";
        std::ofstream(dir / "secret") << "c";
    }
    ~Place() { fs::remove_all(dir); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Place s_place;
    auto manifest = caro::models::Manifest::parse(s_place.dir, {reinterpret_cast<const char*>(data), size});
    for (auto& entry : manifest.entries()) {
        if (entry.file != "a.gguf" && entry.file != "b.gguf") {
            std::abort();
        }
        const auto before = manifest.latest_use();
        manifest.touch(entry);
        if (entry.use <= before) {
            std::abort();  // what was used just now would be the first to go
        }
    }
    const std::string text = manifest.text();
    const auto again = caro::models::Manifest::parse(s_place.dir, text);
    if (again.damaged() || again.entries().size() != manifest.entries().size() || again.text() != text) {
        std::abort();
    }
    return 0;
}
