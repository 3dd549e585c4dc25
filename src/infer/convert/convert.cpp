#include "infer/convert/convert.hpp"

#include <system_error>

#include "infer/convert/durable.hpp"
#include "infer/convert/gguf_writer.hpp"
#include "util/unfinished.hpp"

namespace caro::infer {

namespace {

// How much of the time of a quantised conversion goes to writing the full weights.
constexpr double k_writing_share = 0.25;

Result<> convert_quantised(const ConversionRequest& request, const std::filesystem::path& full,
                           const std::function<void(double)>& progress, const CancelToken& cancel) {
    TRY(write_gguf(request, full, WeightType::as_stored, [&](double part) { progress(part * k_writing_share); }, cancel));
    TRY_ASSIGN(const auto plans, models::plan_tensors(*request.checkpoint));
    return quantise(full, request.output, request.type, request.threads, plans.size(),
                    [&](double part) { progress(k_writing_share + part * (1 - k_writing_share)); }, cancel);
}

}  // namespace

bool can_convert() noexcept { return true; }

Result<> convert(const ConversionRequest& request, const std::function<void(double)>& progress, const CancelToken& cancel) {
    const auto told = [&progress](double part) {
        if (progress) {
            progress(part);
        }
    };
    const bool quantised = request.type == WeightType::q8_0 || request.type == WeightType::q4_k_m;
    std::filesystem::path full = request.output;
    full += ".full";
    const UnfinishedFile noted(full.string());
    auto done = quantised ? convert_quantised(request, full, told, cancel)
                          : write_gguf(request, request.output, request.type, told, cancel);
    std::error_code ignored;
    std::filesystem::remove(full, ignored);
    if (!done) {
        std::filesystem::remove(request.output, ignored);
    }
    return done;
}

}  // namespace caro::infer
