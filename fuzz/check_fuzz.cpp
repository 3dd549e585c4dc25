// Judges any bytes: no crash, no hang, and a text is never less risky with `:; ` before it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "safety/analyzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const caro::safety::Scene s_scene = [] {
        caro::safety::Scene scene;
        scene.home = "/home/me";
        scene.cwd = "/home/me/project";
        return scene;
    }();
    const std::string text(reinterpret_cast<const char*>(data), size);
    caro::safety::Scene fish = s_scene;
    fish.dialect = caro::safety::Scene::Dialect::fish;
    for (const auto& finding : caro::safety::analyze(text, fish).findings) {
        if (finding.start > finding.end || finding.end > size) {
            std::abort();  // the place in the source, not in what sh would write
        }
    }
    const auto alone = caro::safety::analyze(text, s_scene);
    const auto prefixed = caro::safety::analyze(":; " + text, s_scene);
    if (alone.read_only && !alone.fully_parsed) {
        std::abort();  // what is not understood never only reads
    }
    // A syntax error after `:;` stays one; everything else runs as before, but for $_, which is `:` then.
    const bool asks_last = text.find("$_") != std::string::npos || text.find("${_") != std::string::npos;
    if (prefixed.risk < alone.risk && !asks_last) {
        std::fprintf(stderr, "less risky with a prefix: %s\n", text.c_str());
        std::abort();
    }
    return 0;
}
