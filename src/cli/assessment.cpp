#include "cli/assessment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "cli/models_view.hpp"
#include "infer/accelerators.hpp"
#include "models/store.hpp"
#include "util/strings.hpp"

namespace caro::cli {

namespace {

// Estimates in two digits: more would promise what they do not hold.
double two_digits(double value) {
    if (value <= 0) {
        return 0;
    }
    return std::strtod(fmt::format("{:.1e}", value).c_str(), nullptr);
}

std::string estimate(double value) { return value <= 0 ? "-" : fmt::format("{:g}", two_digits(value)); }

Document known_estimate(double value) { return value <= 0 ? Document(nullptr) : Document(two_digits(value)); }
Document known_bytes(std::uint64_t bytes) { return bytes == 0 ? Document(nullptr) : Document(bytes); }

// GPUs by the driver and by the engine; the engine's are the usable ones.
void add_accelerators(models::Hardware& hardware) {
    for (const auto& device : infer::accelerators()) {
        const auto same = std::find_if(hardware.gpus.begin(), hardware.gpus.end(), [&](const models::Gpu& gpu) {
            return !gpu.usable && gpu.name == device.name;
        });
        if (same != hardware.gpus.end()) {
            same->usable = true;
        } else {
            hardware.gpus.push_back({device.name, device.memory, device.free, true});
        }
    }
}

const Assessment::Model* find_model(const Assessment& assessment, std::string_view name) {
    const auto found = std::find_if(assessment.models.begin(), assessment.models.end(),
                                    [name](const auto& model) { return model.entry.name == name; });
    return found == assessment.models.end() ? nullptr : &*found;
}

std::string processor_text(const models::Hardware& hardware) {
    std::string text = hardware.processor.empty() ? "" : hardware.processor + ": ";
    text += fmt::format("{} {}", hardware.cores, hardware.cores == 1 ? "core" : "cores");
    return hardware.isa.empty() ? text : text + ", " + join(hardware.isa, ", ");
}

std::string memory_text(const models::Hardware& hardware) {
    if (hardware.memory_total == 0) {
        return "not known";
    }
    return fmt::format("{}, {} free", size_text(hardware.memory_total), size_text(hardware.memory_available));
}

std::string gpu_text(const models::Gpu& gpu) {
    return fmt::format("{}: {}, {} free{}", gpu.name, size_text(gpu.memory), size_text(gpu.free),
                       gpu.usable ? "" : "; not used, this caro was built without support for it");
}

std::string answer_text(const models::Expectation& expected) {
    if (!expected.fits) {
        return "does not fit";
    }
    return expected.on_gpu ? "GPU" : expected.answer_s > 0 ? estimate(expected.answer_s) + " s" : "-";
}

std::string recommendation_text(const Assessment& assessment) {
    if (!assessment.recommended) {
        return "no model of the catalogue fits into the memory that is free";
    }
    const auto& expected = *assessment.recommended;
    const auto* model = find_model(assessment, expected.name);
    std::string text = expected.name;
    if (!expected.on_gpu && expected.answer_s > 0) {
        text += fmt::format(", an answer in about {} s", estimate(expected.answer_s));
    }
    if (const std::string command = advice(assessment); !command.empty()) {
        return text + ": " + command;
    }
    return text + (model != nullptr && model->chosen ? ", which is in use" : "");
}

}  // namespace

Assessment assessment_of(models::Hardware hardware, const std::vector<models::CatalogueEntry>& entries,
                         const std::string& chosen, const std::function<bool(const models::Reference&)>& is_here) {
    Assessment result;
    result.recommended = models::recommend(entries, hardware);
    const auto wanted = models::parse_reference(chosen);
    for (const auto& entry : entries) {
        Assessment::Model model{entry, models::expect(entry, hardware), false, false};
        if (const auto reference = models::parse_reference(entry.name)) {
            model.here = is_here(*reference);
            model.chosen = wanted && wanted->stable_text() == reference->stable_text();
        }
        result.models.push_back(std::move(model));
    }
    result.hardware = std::move(hardware);
    return result;
}

Result<Assessment> assess(const std::string& chosen) {
    TRY_ASSIGN(const auto entries, models::catalogue());
    models::Hardware hardware = models::look_at_hardware();
    add_accelerators(hardware);
    models::measure(hardware);
    return assessment_of(std::move(hardware), entries, chosen,
                         [](const models::Reference& reference) { return models::find(reference).has_value(); });
}

std::string advice(const Assessment& assessment) {
    const auto* model = assessment.recommended ? find_model(assessment, assessment.recommended->name) : nullptr;
    if (model == nullptr || (model->here && model->chosen)) {
        return "";
    }
    return fmt::format("caro models {} {}", model->chosen ? "pull" : "use", model->entry.name);
}

std::vector<Check> hardware_checks(const Assessment& assessment) {
    const auto& hardware = assessment.hardware;
    std::vector<Check> checks = {{"processor", Health::ok, processor_text(hardware), ""}};
    for (const auto& gpu : hardware.gpus) {
        checks.push_back({"gpu", Health::ok, gpu_text(gpu), ""});
    }
    const auto chosen = std::find_if(assessment.models.begin(), assessment.models.end(),
                                     [](const auto& model) { return model.chosen; });
    std::string speed = fmt::format("memory {} GB/s", estimate(hardware.bandwidth / 1e9));
    if (chosen != assessment.models.end() && chosen->expected.decode_per_s > 0) {
        speed += fmt::format("; about {} tokens/s with {}", estimate(chosen->expected.decode_per_s), chosen->entry.name);
    }
    checks.push_back({"speed", Health::ok, speed, ""});
    checks.push_back({"recommended", Health::ok, recommendation_text(assessment), ""});
    return checks;
}

std::string recommend_text(const Assessment& assessment) {
    const auto& hardware = assessment.hardware;
    std::vector<std::vector<std::string>> facts = {{"processor", processor_text(hardware)},
                                                   {"memory", memory_text(hardware)},
                                                   {"bandwidth", estimate(hardware.bandwidth / 1e9) + " GB/s"}};
    for (const auto& gpu : hardware.gpus) {
        facts.push_back({"gpu", gpu_text(gpu)});
    }
    std::vector<std::vector<std::string>> rows = {
        {" ", "NAME", "SIZE", "MEMORY", "TOKENS/S", "ANSWER", "STATE"}};
    for (const auto& model : assessment.models) {
        std::vector<std::string> state;
        if (model.here) {
            state.emplace_back("here");
        }
        if (!model.entry.permissive) {
            state.emplace_back("licence restricts use");
        }
        if (!model.entry.for_code) {
            state.emplace_back("not for code");
        }
        const auto& expected = model.expected;
        rows.push_back({model.chosen ? "*" : " ", model.entry.name, size_text(expected.bytes),
                        size_text(model.entry.memory_mb * 1'000'000), estimate(expected.decode_per_s),
                        answer_text(expected), join(state, ", ")});
    }
    return columns_text(facts) + "\n" + columns_text(rows) + "\nrecommended: " + recommendation_text(assessment) + "\n";
}

Document hardware_document(const models::Hardware& hardware) {
    Document gpus = Document::array();
    for (const auto& gpu : hardware.gpus) {
        gpus.push_back({{"name", gpu.name}, {"memory", gpu.memory}, {"free", gpu.free}, {"usable", gpu.usable}});
    }
    return {{"processor", hardware.processor.empty() ? Document(nullptr) : Document(hardware.processor)},
            {"cores", hardware.cores},
            {"isa", hardware.isa},
            {"memory_total", known_bytes(hardware.memory_total)},
            {"memory_available", known_bytes(hardware.memory_available)},
            {"bandwidth_bytes_per_s", known_bytes(static_cast<std::uint64_t>(two_digits(hardware.bandwidth)))},
            {"gpus", gpus}};
}

Document recommend_document(const Assessment& assessment) {
    Document models = Document::array();
    for (const auto& model : assessment.models) {
        const auto& expected = model.expected;
        models.push_back({{"name", model.entry.name},
                          {"size", expected.bytes},
                          {"memory", model.entry.memory_mb * 1'000'000},
                          {"fits", expected.fits},
                          {"on_gpu", expected.on_gpu},
                          {"tokens_per_s", known_estimate(expected.decode_per_s)},
                          {"prompt_tokens_per_s", known_estimate(expected.prompt_per_s)},
                          {"answer_s", known_estimate(expected.answer_s)},
                          {"here", model.here},
                          {"chosen", model.chosen},
                          {"permissive", model.entry.permissive},
                          {"for_code", model.entry.for_code}});
    }
    const std::string command = advice(assessment);
    return {{"hardware", hardware_document(assessment.hardware)},
            {"models", models},
            {"recommended", assessment.recommended ? Document(assessment.recommended->name) : Document(nullptr)},
            {"command", command.empty() ? Document(nullptr) : Document(command)}};
}

}  // namespace caro::cli
