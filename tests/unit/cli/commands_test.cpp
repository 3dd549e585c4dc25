// Commands called directly, for what a run of the program cannot show.
#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "infer/registry.hpp"

#include <gtest/gtest.h>

namespace caro::cli {
namespace {

class Commands : public testing::Test {
  protected:
    Commands() { m_invocation.cancel = &m_token; }

    template <class Function>
    int run(Function command) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int status = command(m_invocation);
        std::fflush(stdout);
        m_out = testing::internal::GetCapturedStdout();
        m_err = testing::internal::GetCapturedStderr();
        return status;
    }

    CancelToken m_token;
    Invocation m_invocation;
    std::string m_out;
    std::string m_err;
};

TEST_F(Commands, SettingNeedsAPlaceToKeepIt) {
    m_invocation.operands = {"set", "shell", "zsh"};
    EXPECT_EQ(run(run_config), to_int(ExitCode::failed));
    EXPECT_NE(m_err.find("there is no home folder"), std::string::npos);
    EXPECT_NE(m_err.find("fix: Set HOME or XDG_CONFIG_HOME"), std::string::npos);
}

TEST_F(Commands, ReadingNeedsNoHome) {
    m_invocation.operands = {"get", "safety"};
    EXPECT_EQ(run(run_config), 0);
    EXPECT_EQ(m_out, "moderate\n");
}

// A back end that is there, one that is not, and one that cannot even be made.
class Scripted : public infer::Generator {
  public:
    explicit Scripted(bool ready) : m_ready(ready) {}
    infer::BackendInfo info() const override {
        infer::BackendInfo info;
        info.model = "some-model";
        info.device = "some-device";
        return info;
    }
    infer::Availability is_available(std::chrono::milliseconds, const CancelToken&) override {
        return m_ready ? infer::Availability{true, "", ""}
                       : infer::Availability{false, "it \x1b[31mslept", "Wake it"};
    }
    Result<infer::Completion> generate(const infer::GenerateRequest&, const infer::TokenSink&,
                                       const CancelToken&) override {
        ADD_FAILURE() << "looking at back ends must not generate";
        return fail(ErrorCode::internal, "");
    }
    void shutdown() noexcept override {}

  private:
    bool m_ready;
};

void register_scripted() {
    static bool s_done = false;
    if (s_done) {
        return;
    }
    s_done = true;
    infer::register_for_tests(
        {"t-ready", "one that works", true, -1, [](const infer::BackendOptions&) {
             return Result<std::unique_ptr<infer::Generator>>(std::make_unique<Scripted>(true));
         }});
    infer::register_for_tests(
        {"t-asleep", "one that does not", false, -2, [](const infer::BackendOptions&) {
             return Result<std::unique_ptr<infer::Generator>>(std::make_unique<Scripted>(false));
         }});
    infer::register_for_tests(
        {"t-broken", "one that cannot be made", false, -3, [](const infer::BackendOptions&) {
             return Result<std::unique_ptr<infer::Generator>>(
                 fail(ErrorCode::config, "no address", "Give it one"));
         }});
}

TEST_F(Commands, BackendsTellsWhatWorksAndHowToMendTheRest) {
    register_scripted();
    EXPECT_EQ(run(run_backends), 0);
    EXPECT_NE(m_out.find("t-ready  ready  local   one that works"), std::string::npos) << m_out;
    EXPECT_NE(m_out.find("model    some-model"), std::string::npos);
    EXPECT_NE(m_out.find("t-asleep no     local   one that does not"), std::string::npos);
    EXPECT_NE(m_out.find("why      it \\x1b[31mslept"), std::string::npos);
    EXPECT_NE(m_out.find("fix      Wake it"), std::string::npos);
    EXPECT_NE(m_out.find("why      no address"), std::string::npos);
}

TEST_F(Commands, BackendsAsDocument) {
    register_scripted();
    m_invocation.output = Output::json;
    EXPECT_EQ(run(run_backends), 0);
    EXPECT_NE(m_out.find("\"name\": \"t-ready\""), std::string::npos);
    EXPECT_NE(m_out.find("\"ready\": true"), std::string::npos);
    EXPECT_NE(m_out.find("\"how_to_fix\": \"Wake it\""), std::string::npos);
    m_invocation.output = Output::yaml;
    EXPECT_EQ(run(run_backends), 0);
    EXPECT_NE(m_out.find("backends:\n  - name: \""), std::string::npos) << m_out;
    EXPECT_NE(m_out.find("    how_to_fix: \"Wake it\"\n"), std::string::npos) << m_out;
}

TEST_F(Commands, BackendsStopsWhenCancelled) {
    register_scripted();
    m_token.cancel();
    EXPECT_EQ(run(run_backends), to_int(ExitCode::interrupted));
}

TEST_F(Commands, DoctorFailsWhenTheChosenBackEndDoesNotWork) {
    register_scripted();
    ASSERT_TRUE(m_invocation.config.set_flag("backend", "t-asleep", "--backend"));
    EXPECT_EQ(run(run_doctor), to_int(ExitCode::failed));
    EXPECT_NE(m_out.find("fail  back end t-asleep"), std::string::npos) << m_out;
    EXPECT_NE(m_out.find("fix: Wake it"), std::string::npos);
}

TEST_F(Commands, DoctorAsDocument) {
    m_invocation.output = Output::json;
    run(run_doctor);
    EXPECT_NE(m_out.find("\"version\": \""), std::string::npos);
    EXPECT_NE(m_out.find("\"name\": \"shell\""), std::string::npos);
    EXPECT_NE(m_out.find("\"health\": \"ok\""), std::string::npos);
}

}  // namespace
}  // namespace caro::cli
