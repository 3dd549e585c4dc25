#include "ui/menu.hpp"

#include <gtest/gtest.h>

#include "ui/style.hpp"

namespace caro::ui {
namespace {

using safety::Decision;

bool offers(const MenuOptions& options, std::string_view text) {
    return menu_text(options).find(text) != std::string::npos;
}

TEST(MenuText, EnterRunsOnlyWhatReads) {
    MenuOptions reads{Decision::confirm, true, true, "safe", false, 80};
    EXPECT_TRUE(offers(reads, "[Enter] run"));
    MenuOptions changes{Decision::confirm, false, true, "moderate", false, 80};
    EXPECT_FALSE(offers(changes, "[Enter] run"));
    EXPECT_TRUE(offers(changes, "[r]un"));
    EXPECT_TRUE(offers(changes, "[Enter] no"));
}

TEST(MenuText, WhatMayNotRunOffersNoWayToRunIt) {
    for (const bool read_only : {false, true}) {
        for (const auto& options : {MenuOptions{Decision::refuse, read_only, true, "critical", false, 80},
                                    MenuOptions{Decision::confirm, read_only, false, "safe", false, 80}}) {
            EXPECT_FALSE(offers(options, "run"));
            EXPECT_FALSE(offers(options, "[r]un"));
            EXPECT_TRUE(offers(options, "[c]opy"));
        }
    }
}

TEST(MenuText, WhatMustBeTypedIsNotRunByEnter) {
    MenuOptions options{Decision::type_to_confirm, true, true, "high", false, 80};
    EXPECT_FALSE(offers(options, "[Enter] run"));
    EXPECT_TRUE(offers(options, "[r]un"));
}

TEST(Style, ColourIsNeverTheOnlySign) {
    for (const auto risk : {safety::Risk::safe, safety::Risk::moderate, safety::Risk::high, safety::Risk::critical}) {
        const std::string label = risk_label(risk, false);
        EXPECT_NE(label.find(safety::to_string(risk)), std::string::npos);
        EXPECT_EQ(label.find('\x1b'), std::string::npos);
        EXPECT_NE(risk_label(risk, true).find(label), std::string::npos);
    }
    EXPECT_EQ(paint("x", Color::red, false), "x");
    EXPECT_NE(paint("x", Color::red, true), "x");
}

}  // namespace
}  // namespace caro::ui
