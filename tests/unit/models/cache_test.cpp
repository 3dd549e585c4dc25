#include "models/cache.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "models/file_facts.hpp"
#include "support/temp_dir.hpp"
#include "util/sha256.hpp"

namespace caro::models {
namespace {

namespace fs = std::filesystem;

// A GGUF header of version 3 without tensors and entries.
constexpr std::string_view k_no_tensors("GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);

class CacheTest : public testing::Test {
  protected:
    fs::path put(const std::string& name, std::size_t size, std::string_view begins = k_no_tensors) {
        const fs::path path = m_cache.models_dir() / name;
        fs::create_directories(path.parent_path());
        std::string bytes(size, 'x');
        bytes.replace(0, std::min(size, begins.size()), begins);
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    void add(const std::string& name, std::size_t size) {
        put(name, size);
        ManifestEntry entry;
        entry.file = name;
        entry.name = name.substr(0, name.find('.'));
        entry.size = size;
        ASSERT_TRUE(m_cache.add(entry));
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& model : m_cache.list()) {
            names.push_back(model.entry.file);
        }
        return names;
    }

    test::TempDir m_dir;
    Cache m_cache{m_dir.path() / "caro"};
    CancelToken m_cancel;
};

using Names = std::vector<std::string>;

TEST_F(CacheTest, NothingIsThereAtFirst) {
    EXPECT_TRUE(m_cache.list().empty());
    EXPECT_TRUE(m_cache.partial().empty());
    EXPECT_FALSE(m_cache.find("x"));
    EXPECT_FALSE(fs::exists(m_cache.root())) << "looking must not create anything";
}

TEST_F(CacheTest, LastUsedComesFirst) {
    add("a.gguf", 100);
    add("b.gguf", 100);
    EXPECT_EQ(files(), (Names{"b.gguf", "a.gguf"}));
    m_cache.touch(m_cache.models_dir() / "a.gguf");
    EXPECT_EQ(files(), (Names{"a.gguf", "b.gguf"}));
}

TEST_F(CacheTest, TheOrderSurvivesAClockThatGoesBack) {
    add("a.gguf", 100);
    add("b.gguf", 100);
    Manifest manifest = Manifest::load(m_cache.root());
    manifest.find("a.gguf")->last_used = 4'000'000'000;  // it was used when the clock was wrong
    ASSERT_TRUE(manifest.save());
    m_cache.touch(m_cache.models_dir() / "b.gguf");
    EXPECT_EQ(files(), (Names{"b.gguf", "a.gguf"}));
    m_cache.touch(m_cache.models_dir() / "a.gguf");
    EXPECT_EQ(files(), (Names{"a.gguf", "b.gguf"}));
}

TEST_F(CacheTest, FilesThatNobodyNotedAreListed) {
    put("mine.gguf", 50);
    const auto model = m_cache.find("mine");
    ASSERT_TRUE(model);
    EXPECT_EQ(model->entry.source, "file");
    EXPECT_EQ(model->entry.size, 50U);
}

TEST_F(CacheTest, ADamagedManifestIsMadeAnew) {
    add("a.gguf", 100);
    std::ofstream(m_cache.root() / "manifest.json") << "{\"models\": [";
    EXPECT_TRUE(Manifest::load(m_cache.root()).damaged());
    EXPECT_EQ(files(), (Names{"a.gguf"}));
    const auto count = m_cache.rebuild();
    ASSERT_TRUE(count) << count.error().message;
    EXPECT_EQ(*count, 1U);
    EXPECT_FALSE(Manifest::load(m_cache.root()).damaged());
}

TEST_F(CacheTest, KeysOfLaterVersionsAreKept) {
    fs::create_directories(m_cache.root());
    std::ofstream(m_cache.root() / "manifest.json") << R"({"models": [], "later": {"x": 1}})";
    add("a.gguf", 100);
    std::ifstream in(m_cache.root() / "manifest.json");
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_NE(text.find("\"later\""), std::string::npos);
}

TEST_F(CacheTest, TheFirstHashOfACatalogueModelIsKept) {
    const std::string first(64, 'a');
    EXPECT_EQ(m_cache.pinned("small-1b"), "");
    ManifestEntry entry;
    entry.file = "x.gguf";
    entry.name = "small-1b";
    entry.source = "hub";
    entry.sha256 = first;
    put("x.gguf", 100);
    ASSERT_TRUE(m_cache.add(entry));
    ASSERT_TRUE(m_cache.remove("x.gguf"));
    EXPECT_EQ(m_cache.pinned("small-1b"), first);
    entry.sha256 = std::string(64, 'b');
    ASSERT_TRUE(m_cache.add(entry));
    EXPECT_EQ(m_cache.pinned("small-1b"), first);
    entry.name = "other";
    entry.source = "file";
    ASSERT_TRUE(m_cache.add(entry));
    EXPECT_EQ(m_cache.pinned("other"), "");
}

TEST_F(CacheTest, AManifestCannotNameFilesElsewhere) {
    std::ofstream(m_dir.path() / "secret") << "x";
    fs::create_directories(m_cache.models_dir());
    std::ofstream(m_cache.root() / "manifest.json") << R"({"models": [{"file": "../../secret"}, {"file": ".."}, 7]})";
    EXPECT_TRUE(Manifest::load(m_cache.root()).entries().empty());
    EXPECT_FALSE(m_cache.remove("../../secret"));
    EXPECT_TRUE(fs::exists(m_dir.path() / "secret"));
}

TEST_F(CacheTest, PruningTakesTheLeastRecentlyUsed) {
    add("a.gguf", 100);
    add("b.gguf", 200);
    add("c.gguf", 300);
    const auto report = m_cache.prune(500, false);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->removed, (Names{"a.gguf"}));
    EXPECT_EQ(report->freed, 100U);
    EXPECT_EQ(report->kept, 500U);
    EXPECT_EQ(files(), (Names{"c.gguf", "b.gguf"}));
}

TEST_F(CacheTest, OneModelAlwaysStays) {
    add("a.gguf", 100);
    add("b.gguf", 200);
    ASSERT_TRUE(m_cache.prune(0, false));
    EXPECT_EQ(files(), (Names{"b.gguf"}));
}

TEST_F(CacheTest, WhatIsInUseStays) {
    add("a.gguf", 100);
    add("b.gguf", 200);
    const ModelInUse held(m_cache.models_dir() / "a.gguf");
    EXPECT_TRUE(m_cache.find("a")->in_use);
    EXPECT_FALSE(m_cache.find("b")->in_use);
    const auto report = m_cache.prune(0, false);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->in_use, (Names{"a.gguf"}));
    const auto removed = m_cache.remove("a.gguf");
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(fs::exists(m_cache.models_dir() / "a.gguf"));
}

TEST_F(CacheTest, RemovingTakesWhatWasKeptForTheModel) {
    add("a.gguf", 100);
    fs::create_directories(m_cache.root() / "state");
    const auto mine = m_cache.root() / "state" / "a-0123456789ab.kv";
    const auto other = m_cache.root() / "state" / "a-longer-0123456789ab.kv";
    std::ofstream(mine) << "x";
    std::ofstream(other) << "x";
    ASSERT_TRUE(m_cache.remove("a.gguf"));
    EXPECT_FALSE(fs::exists(mine));
    EXPECT_TRUE(fs::exists(other));
    EXPECT_EQ(m_cache.remove("a.gguf").error().code, ErrorCode::not_found);
}

TEST_F(CacheTest, UnfinishedDownloadsGoUnlessSomebodyWorksOnThem) {
    const auto orphan = put("a.gguf.0123456789ab.part", 100);
    const auto busy = put("b.gguf.0123456789ab.part", 100);
    const ModelInUse held(busy);
    EXPECT_EQ(m_cache.partial().size(), 2U);
    ASSERT_TRUE(m_cache.prune(1000, true));
    EXPECT_FALSE(fs::exists(orphan));
    EXPECT_TRUE(fs::exists(busy));
}

TEST_F(CacheTest, VerifyingNotesAHashAndThenHoldsTheFileToIt) {
    const auto path = put("a.gguf", 5000);
    auto report = m_cache.verify(*m_cache.find("a"), "", {}, m_cancel);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->state, VerifyReport::State::noted);
    EXPECT_EQ(report->actual, sha256_file(path, m_cancel).value());
    EXPECT_EQ(m_cache.verify(*m_cache.find("a"), "", {}, m_cancel)->state, VerifyReport::State::good);
    EXPECT_FALSE(m_cache.find("a")->changed);
    put("a.gguf", 5001);
    EXPECT_TRUE(m_cache.find("a")->changed);
    EXPECT_EQ(m_cache.verify(*m_cache.find("a"), "", {}, m_cancel)->state, VerifyReport::State::wrong);
    put("b.gguf", 500, "<htm");
    EXPECT_EQ(m_cache.verify(*m_cache.find("b"), "", {}, m_cancel)->state, VerifyReport::State::damaged);
}

TEST_F(CacheTest, VerifyingTellsHowFarItIsAndStops) {
    put("a.gguf", 5000);
    double last = 0;
    ASSERT_TRUE(m_cache.verify(*m_cache.find("a"), "", [&](double fraction) { last = fraction; }, m_cancel));
    EXPECT_EQ(last, 1.0);
    m_cancel.cancel();
    EXPECT_EQ(m_cache.verify(*m_cache.find("a"), "", {}, m_cancel).error().code, ErrorCode::cancelled);
}

TEST_F(CacheTest, ManyAtOnceLoseNothing) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([this, i] {
            const std::string name = "m" + std::to_string(i) + ".gguf";
            add(name, 10);
            m_cache.touch(m_cache.models_dir() / name);
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(Manifest::load(m_cache.root()).entries().size(), 16U);
}

TEST_F(CacheTest, TwoThatPruneAtOnceLeaveOne) {
    add("a.gguf", 100);
    add("b.gguf", 100);
    // One comes while b was used last, the other while a was. Both have to wait.
    std::optional<FileLock> held(m_cache.lock().value());
    std::vector<std::thread> threads;
    const auto start = [&] {
        threads.emplace_back([this] { EXPECT_TRUE(m_cache.prune(0, true)); });
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    };
    start();
    Manifest manifest = Manifest::load(m_cache.root());
    manifest.touch(*manifest.find("a.gguf"));
    ASSERT_TRUE(manifest.save());
    start();
    held.reset();
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(files(), (Names{"a.gguf"}));
}

TEST_F(CacheTest, FullWeightsOfAnImportGoWithTheirHolder) {
    const auto part = put("a.gguf.0123456789ab.part", 100);
    const auto full = put("a.gguf.0123456789ab.part.full", 100);
    {
        const ModelInUse held(part);
        ASSERT_TRUE(m_cache.prune(1000, true));
        EXPECT_TRUE(fs::exists(full));
    }
    ASSERT_TRUE(m_cache.prune(1000, true));
    EXPECT_FALSE(fs::exists(full)) << "a killed import left it";
    EXPECT_FALSE(fs::exists(part));
}

TEST_F(CacheTest, LookingDoesNotMakeAFileSeemHeld) {
    const auto path = put("a.gguf", 100);
    std::atomic<bool> stop = false;
    std::vector<std::thread> lookers;
    for (int i = 0; i < 3; ++i) {
        lookers.emplace_back([&] {
            while (!stop) {
                static_cast<void>(m_cache.list());
            }
        });
    }
    for (int i = 0; i < 300; ++i) {
        const ModelInUse held(path);
        ASSERT_EQ(m_cache.remove("a.gguf").error().code, ErrorCode::unavailable) << "it could not be held at turn " << i;
    }
    stop = true;
    for (auto& looker : lookers) {
        looker.join();
    }
}

TEST_F(CacheTest, AFetchedFileThatChangedIsReadAndHeldToItsHash) {
    const auto path = put("a.gguf", 5000);
    ManifestEntry entry;
    entry.file = "a.gguf";
    entry.source = "hub";
    entry.size = 5000;
    entry.sha256 = sha256_file(path, m_cancel).value();
    entry.modified_ns = facts_of(path)->modified_ns;
    ASSERT_TRUE(m_cache.add(entry));
    EXPECT_TRUE(m_cache.check(path, "", m_cancel));

    fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_TRUE(m_cache.check(path, "", m_cancel)) << "the same bytes with another time";
    EXPECT_FALSE(m_cache.find("a")->changed) << "which has been noted";

    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(3000).write("other", 5);
    fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::hours(2));
    const auto other = m_cache.check(path, "", m_cancel);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::bad_model);
    EXPECT_NE(other.error().message.find("has changed since it was downloaded"), std::string::npos);

    entry.source = "file";
    ASSERT_TRUE(m_cache.add(entry));
    EXPECT_TRUE(m_cache.check(path, "", m_cancel)) << "the user's own file is the user's to change";
}

TEST_F(CacheTest, TheFirstBytesAreLookedAtAlways) {
    const auto path = put("a.gguf", 5000);
    const auto time = fs::last_write_time(path);
    m_cache.touch(path);
    EXPECT_TRUE(m_cache.check(path, "", m_cancel));
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).write("<htm", 4);
    fs::last_write_time(path, time);
    EXPECT_EQ(m_cache.check(path, "", m_cancel).error().code, ErrorCode::bad_model);
}

TEST_F(CacheTest, AFolderThatCannotBeWrittenCanBeRead) {
    add("a.gguf", 100);
    if (geteuid() == 0) {
        GTEST_SKIP() << "nothing keeps root from writing; tests/hub has a read-only mount";
    }
    fs::permissions(m_cache.root(), fs::perms::owner_read | fs::perms::owner_exec);
    m_cache.touch(m_cache.models_dir() / "a.gguf");
    EXPECT_EQ(files(), (Names{"a.gguf"}));
    EXPECT_EQ(m_cache.remove("a.gguf").error().code, ErrorCode::io);
    fs::permissions(m_cache.root(), fs::perms::owner_all);
}

}  // namespace
}  // namespace caro::models
