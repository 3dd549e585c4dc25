#include "infer/selector.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/fake_server.hpp"
#include "support/scoped_env.hpp"
#include "support/scripted_generator.hpp"
#include "support/temp_dir.hpp"

namespace caro::infer {
namespace {

using namespace std::chrono_literals;
using test::Script;
using test::ScriptedBackend;

// near: in this program, like the embedded engine; side: a server on this machine; far: another machine.
Script& near() {
    static Script& s_script = ScriptedBackend<0>::add("near", 300, true, true);
    return s_script;
}
Script& side() {
    static Script& s_script = ScriptedBackend<1>::add("side", 200);
    return s_script;
}
Script& far() {
    static Script& s_script = ScriptedBackend<2>::add("far", 150, false);
    return s_script;
}

Result<Completion> failing(ErrorCode code) { return fail(code, "scripted " + std::string(to_string(code)), "a hint"); }

class Selector : public testing::Test {
  protected:
    Selector() {
        for (Script* script : {&near(), &side(), &far()}) {
            script->reset();
        }
        far().info.local = false;
        far().info.device = "https://far.example";
        m_policy.statistics_file = m_folder.path() / "stats.json";
        // Nobody is home at the real ones.
        m_options.ollama_url = "http://127.0.0.1:" + std::to_string(test::closed_port());
        m_options.model_hint = "get a model";
    }

    Result<std::unique_ptr<Generator>> choose() {
        return select(m_policy, m_options, [this](std::string_view text) { m_notes.emplace_back(text); }, m_cancel);
    }

    std::string chosen() {
        const auto generator = choose();
        return generator ? (*generator)->info().name : "error: " + generator.error().message;
    }

    static Result<Completion> ask(Generator& generator) {
        const CancelToken cancel;
        return generator.generate({}, {}, cancel);
    }

    std::string notes() const {
        std::string out;
        for (const auto& text : m_notes) {
            out += text + "\n";
        }
        return out;
    }

    test::CleanServerEnv m_env;
    test::TempDir m_folder;
    SelectionPolicy m_policy;
    BackendOptions m_options;
    CancelToken m_cancel;
    std::vector<std::string> m_notes;
};

TEST_F(Selector, ThisMachineFirstAndWithoutAskingAnybody) {
    EXPECT_EQ(chosen(), "near");
    EXPECT_EQ(side().probes, 0);
    EXPECT_EQ(far().probes, 0);
    EXPECT_EQ(notes(), "");
}

TEST_F(Selector, ThenAServerHereThenOneElsewhere) {
    near().availability = {false, "no model", "get one"};
    EXPECT_EQ(chosen(), "side");
    EXPECT_EQ(notes(), "");
    side().availability = {false, "down", "start it"};
    EXPECT_EQ(chosen(), "far");
    EXPECT_NE(notes().find("far at https://far.example is used"), std::string::npos) << notes();
}

TEST_F(Selector, NothingReadySaysWhyAndWhatToDo) {
    near().availability = {false, "no model", "get one"};
    side().availability = {false, "down", "start it"};
    far().availability = {false, "asleep", "wake it"};
    const auto generator = choose();
    ASSERT_FALSE(generator);
    EXPECT_EQ(generator.error().code, ErrorCode::unavailable);
    for (const char* part : {"near: no model", "side: down", "far: asleep", "ollama: nothing answers", "vllm: no address"}) {
        EXPECT_NE(generator.error().message.find(part), std::string::npos) << part << " in " << generator.error().message;
    }
    EXPECT_EQ(generator.error().hint, "get one");
}

TEST_F(Selector, ServersThatOnlyTheEnvironmentNamesAreNotUsedUnasked) {
    near().availability = side().availability = {false, "down", "start it"};
    far().info.automatic = false;
    const auto generator = choose();
    ASSERT_FALSE(generator);
    EXPECT_EQ(generator.error().message.find("far"), std::string::npos);
    EXPECT_EQ(far().probes, 0);
    m_policy.choice = "far";
    EXPECT_EQ(chosen(), "far");
}

TEST_F(Selector, AnExplicitChoiceIsTakenAsItIs) {
    m_policy.choice = "side";
    side().availability = {false, "down", "start it"};
    side().generate = [](auto&&...) { return failing(ErrorCode::network); };
    auto generator = choose();
    ASSERT_TRUE(generator);
    const auto completion = ask(**generator);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::network);
    EXPECT_EQ(near().answers + far().answers + near().probes + far().probes, 0);
    EXPECT_EQ(notes(), "");
}

TEST_F(Selector, UnknownNamesAreRefused) {
    m_policy.choice = "sied";
    const auto generator = choose();
    ASSERT_FALSE(generator);
    EXPECT_EQ(generator.error().code, ErrorCode::usage);
    EXPECT_NE(generator.error().hint.find("side"), std::string::npos);
}

TEST_F(Selector, FallsBackOnlyIfToldToAndSaysSo) {
    near().generate = [](auto&&...) { return failing(ErrorCode::bad_model); };
    auto without = choose();
    EXPECT_FALSE(ask(**without));
    EXPECT_EQ(side().answers, 0);

    m_policy.fallback = true;
    auto with = choose();
    const auto completion = ask(**with);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ((*with)->info().name, "side");
    EXPECT_EQ(notes(), "near could not answer (scripted bad_model), so side is used instead\n");
}

TEST_F(Selector, AFailedBackEndIsNotTriedAgain) {
    m_policy.fallback = true;
    near().generate = [](auto&&...) { return failing(ErrorCode::timeout); };
    auto generator = choose();
    ASSERT_TRUE(ask(**generator));
    ASSERT_TRUE(ask(**generator));
    EXPECT_EQ(near().answers, 1);
    EXPECT_EQ(side().answers, 2);

    side().generate = far().generate = [](auto&&...) { return failing(ErrorCode::network); };
    EXPECT_FALSE(ask(**generator));
    const int asked = near().answers + side().answers + far().answers;
    const auto again = ask(**generator);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::unavailable);
    EXPECT_EQ(near().answers + side().answers + far().answers, asked);
}

TEST_F(Selector, OneUnusableAnswerIsNoFailedBackEnd) {
    near().generate = [](auto&&...) { return failing(ErrorCode::bad_output); };
    auto generator = choose();
    EXPECT_EQ(ask(**generator).error().code, ErrorCode::bad_output);
    near().generate = {};
    EXPECT_TRUE(ask(**generator));
}

class NoFallback : public Selector, public testing::WithParamInterface<ErrorCode> {};

TEST_P(NoFallback, LeadsToNoOtherBackEnd) {
    m_policy.fallback = true;
    near().generate = [](auto&&...) { return failing(GetParam()); };
    auto generator = choose();
    const auto completion = ask(**generator);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, GetParam());
    EXPECT_EQ(side().answers + far().answers, 0);
    EXPECT_EQ(notes(), "");
}

INSTANTIATE_TEST_SUITE_P(Selector, NoFallback,
                         testing::Values(ErrorCode::unauthorized, ErrorCode::forbidden, ErrorCode::cancelled,
                                         ErrorCode::config, ErrorCode::usage, ErrorCode::internal),
                         [](const auto& param) { return std::string(to_string(param.param)); });

TEST_F(Selector, AnExpiredDeadlineLeavesNoTimeForAnother) {
    m_policy.fallback = true;
    near().generate = [](auto&&...) { return failing(ErrorCode::timeout); };
    auto generator = choose();
    const CancelToken over(std::chrono::steady_clock::now() - 1ms);
    EXPECT_FALSE((*generator)->generate({}, {}, over));
    EXPECT_EQ(side().answers, 0);
}

TEST_F(Selector, AllAreAskedAtOnce) {
    near().availability = side().availability = {false, "down", ""};
    near().probe_time = 0ms;
    side().probe_time = far().probe_time = 150ms;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(chosen(), "far");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 290ms);
}

TEST_F(Selector, AModelThatDoesNotFitInMemoryComesSecond) {
    std::ofstream(m_folder.path() / "model.gguf") << std::string(1000, 'x');
    m_options.model_path = (m_folder.path() / "model.gguf").string();
    m_policy.free_memory = 100'000'000;
    EXPECT_EQ(chosen(), "side");
    side().availability = {false, "down", ""};
    EXPECT_EQ(chosen(), "near");
    EXPECT_NE(notes().find("little free memory"), std::string::npos);
    m_policy.free_memory = 8'000'000'000;
    side().availability = {true, "", ""};
    EXPECT_EQ(chosen(), "near");
}

TEST_F(Selector, ItMayFitInTheGpusMemory) {
    std::ofstream(m_folder.path() / "model.gguf") << std::string(1000, 'x');
    m_options.model_path = (m_folder.path() / "model.gguf").string();
    m_policy.free_memory = 100'000'000;
    int asked = 0;
    std::uint64_t free = 8'000'000'000;
    m_policy.gpu_memory = [&] {
        ++asked;
        return free;
    };
    EXPECT_EQ(chosen(), "near");
    EXPECT_EQ(notes(), "");
    free = 1'000'000;
    EXPECT_EQ(chosen(), "side");
    asked = 0;
    m_policy.free_memory = 8'000'000'000;
    EXPECT_EQ(chosen(), "near");
    EXPECT_EQ(asked, 0) << "the driver need not be woken for that";
}

// Its first instruction would end the program, so it must not even be made.
TEST_F(Selector, AnEngineThisProcessorCannotRunIsNeverUsed) {
    m_policy.missing_instructions = "AVX2, FMA";
    EXPECT_EQ(chosen(), "side");
    m_policy.choice = "near";
    const auto generator = choose();
    ASSERT_FALSE(generator);
    EXPECT_EQ(generator.error().code, ErrorCode::unavailable);
    EXPECT_NE(generator.error().message.find("lacks AVX2, FMA"), std::string::npos);
    EXPECT_FALSE(generator.error().hint.empty());
    for (const auto& row : survey(m_policy, m_options, m_cancel)) {
        EXPECT_TRUE(row.name != "near" || !row.availability.ready);
    }
    EXPECT_EQ(near().probes + near().answers, 0);
}

TEST_F(Selector, ChoosingCanBeCancelled) {
    near().availability = side().availability = {false, "down", ""};
    m_cancel.cancel();
    const auto generator = choose();
    EXPECT_LE(far().probes, 1) << "no patience for whoever has gone";
    far().availability = {false, "down", ""};
    const auto none = choose();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::cancelled);
}

void answers_in(const std::filesystem::path& file, const std::string& backend, double total_ms, int times = 3) {
    Event event;
    event.backend = backend;
    event.model = backend + "-model";
    event.timings.prompt = total_ms;
    ASSERT_TRUE(record(file, std::vector<Event>(static_cast<std::size_t>(times), event)));
}

TEST_F(Selector, MeasuredSpeedDecidesOnThisMachine) {
    answers_in(m_policy.statistics_file, "near", 2000);
    answers_in(m_policy.statistics_file, "side", 900);
    EXPECT_EQ(chosen(), "side");
    side().availability = {false, "down", ""};
    EXPECT_EQ(chosen(), "near");
}

TEST_F(Selector, ALittleFasterOrHardlyMeasuredIsNotEnough) {
    answers_in(m_policy.statistics_file, "near", 2000);
    answers_in(m_policy.statistics_file, "side", 1500);
    EXPECT_EQ(chosen(), "near");
    std::filesystem::remove(m_policy.statistics_file);
    answers_in(m_policy.statistics_file, "near", 2000);
    answers_in(m_policy.statistics_file, "side", 100, 2);
    EXPECT_EQ(chosen(), "near");
}

TEST_F(Selector, SpeedNeverSendsTextElsewhere) {
    answers_in(m_policy.statistics_file, "near", 5000);
    answers_in(m_policy.statistics_file, "far", 10);
    EXPECT_EQ(chosen(), "near");
}

TEST_F(Selector, WhatHappenedIsRecorded) {
    {
        auto generator = choose();
        ASSERT_TRUE(ask(**generator));
        near().generate = [](auto&&...) { return failing(ErrorCode::timeout); };
        EXPECT_FALSE(ask(**generator));
    }
    const Statistics statistics = Statistics::load(m_policy.statistics_file);
    const Figures* figures = statistics.find("near", "near-model");
    ASSERT_NE(figures, nullptr);
    EXPECT_EQ(figures->answers, 1U);
    EXPECT_EQ(figures->failures, 1U);
    EXPECT_EQ(figures->last_failure, "timeout");
    EXPECT_EQ(near().shutdowns, 1);
}

TEST_F(Selector, LeavingRecordsWhatHappenedToo) {
    auto generator = choose();
    ASSERT_TRUE(ask(**generator));
    (*generator)->leave();
    const Statistics statistics = Statistics::load(m_policy.statistics_file);
    ASSERT_NE(statistics.find("near", "near-model"), nullptr);
    EXPECT_EQ(statistics.find("near", "near-model")->answers, 1U);
}

TEST_F(Selector, BackEndsTellTheUserOnce) {
    near().info.notes = {"your server is open to others"};
    auto generator = choose();
    ASSERT_TRUE(ask(**generator));
    ASSERT_TRUE(ask(**generator));
    EXPECT_EQ(notes(), "your server is open to others\n");
}

TEST_F(Selector, TheSurveyShowsAll) {
    answers_in(m_policy.statistics_file, "side", 900);
    near().availability = {false, "no model", "get one"};
    const auto rows = survey(m_policy, m_options, m_cancel);
    ASSERT_EQ(rows.size(), backends().size());
    for (const auto& row : rows) {
        EXPECT_FALSE(row.summary.empty());
        EXPECT_EQ(row.chosen, row.name == "side") << row.name;
        EXPECT_EQ(row.availability.ready, row.name == "side" || row.name == "far") << row.name;
        if (!row.availability.ready) {
            EXPECT_FALSE(row.availability.why_not.empty()) << row.name;
            EXPECT_FALSE(row.availability.how_to_fix.empty()) << row.name;
        }
        EXPECT_EQ(row.figures.has_value(), row.name == "side") << row.name;
    }
    m_policy.choice = "near";
    for (const auto& row : survey(m_policy, m_options, m_cancel)) {
        EXPECT_EQ(row.chosen, row.name == "near");
    }
}

}  // namespace
}  // namespace caro::infer
