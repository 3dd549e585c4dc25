// caro models: what its files share. Each action returns the exit status and has told the user all.
#pragma once

#include <filesystem>
#include <string>

#include "cli/invocation.hpp"
#include "cli/models_view.hpp"
#include "models/reference.hpp"
#include "util/result.hpp"

namespace caro::cli {

// The actions; a Result's error is told by run_models().
Result<int> models_list(Invocation& invocation);
Result<int> models_recommend(Invocation& invocation);
Result<int> models_search(Invocation& invocation);
Result<int> models_info(Invocation& invocation);
Result<int> models_path(Invocation& invocation);
Result<int> models_use(Invocation& invocation);
Result<int> models_pull(Invocation& invocation);
Result<int> models_verify(Invocation& invocation);
Result<int> models_rm(Invocation& invocation);
Result<int> models_prune(Invocation& invocation);
Result<int> models_bundle(Invocation& invocation);
Result<int> models_import(Invocation& invocation);

// The setting `model`; where it is empty, the model that this program carries.
std::string chosen_model(const Invocation& invocation);

// models::find(), and this program itself for the model it carries.
Result<std::filesystem::path> locate(const models::Reference& reference);

// The model an action is about: its operand, else the one in use. Errors of parse_reference().
Result<models::Reference> wanted_model(const Invocation& invocation);

// The facts of a model of this machine or of the catalogue.
ModelRow row_of(const models::Reference& reference, const Invocation& invocation);

// True where this text and that setting mean the same model.
bool is_chosen(const models::Reference& reference, const Invocation& invocation);

void print_text(std::string_view text);

// "caro: note: …" unless quiet or structured.
void note_to_user(const Invocation& invocation, std::string_view text);

// Yes by --yes, else by a question on the terminal, else ErrorCode::usage saying that `doing` needs one of them.
Result<bool> confirmed(const Invocation& invocation, std::string_view question, std::string_view doing);

}  // namespace caro::cli
