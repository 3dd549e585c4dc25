// In place of the conversion, in builds without the engine.
#include "infer/convert/convert.hpp"

namespace caro::infer {

bool can_convert() noexcept { return false; }

Result<> convert(const ConversionRequest&, const std::function<void(double)>&, const CancelToken&) {
    return fail(ErrorCode::unavailable, "this caro was built without the embedded engine, which converts models",
                "Use a GGUF file, or a caro with the engine");
}

}  // namespace caro::infer
