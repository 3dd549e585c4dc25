// What this machine can do with the models of the catalogue: the part that `caro models recommend` and `caro doctor` share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "models/hardware.hpp"
#include "models/reference.hpp"

namespace caro::cli {

struct Assessment {
    struct Model {
        models::CatalogueEntry entry;
        models::Expectation expected;
        bool here = false;    // on this machine
        bool chosen = false;  // the one that answers
    };
    models::Hardware hardware;
    std::vector<Model> models;  // in the order of the catalogue
    std::optional<models::Expectation> recommended;
};

// Looks at the machine and measures for about 150 ms. `chosen` is the model in use, as -m takes it. Errors of
// models::catalogue().
Result<Assessment> assess(const std::string& chosen);

// The same for figures that are known already. `is_here` tells whether a model of the catalogue is on this machine.
Assessment assessment_of(models::Hardware hardware, const std::vector<models::CatalogueEntry>& entries,
                         const std::string& chosen, const std::function<bool(const models::Reference&)>& is_here);

// What to do about the recommendation: a command, or "" where the recommended model is here and in use, or none fits.
std::string advice(const Assessment& assessment);

// "4 cores, AVX2, FMA, VNNI": lines of `caro doctor`, all of them ok.
std::vector<Check> hardware_checks(const Assessment& assessment);

// The facts, the table and the recommendation for people.
std::string recommend_text(const Assessment& assessment);

Document hardware_document(const models::Hardware& hardware);
Document recommend_document(const Assessment& assessment);

}  // namespace caro::cli
