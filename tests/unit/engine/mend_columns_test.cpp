#include <gtest/gtest.h>

#include "engine/mend.hpp"

namespace caro::engine {
namespace {

std::string mended(std::string_view command) {
    Surroundings here{[](const std::string&) { return false; }, [](std::string_view) { return true; }};
    here.table = [](const std::string& path) {
        return path == "costs.txt" ? table_of("2024-01-01 food 12.5 card\n2024-01-02 rent 700 cash\n")
               : path == "p.csv"   ? table_of("id,name,city\n1,ann,Rome\n2,ben,Oslo\n")
               : path == "passwd"  ? table_of("root:x:0:/bin/bash\nann:x:7:/bin/zsh\n")
                                   : Table();
    };
    return mend("", command, {"/home/u"}, here);
}

TEST(MendColumns, AValueIsLookedForWhereItStands) {
    EXPECT_EQ(mended("awk '$3 == \"food\" {print}' costs.txt"), "awk '$2 == \"food\" {print}' costs.txt");
    EXPECT_EQ(mended("awk -F, '$2==\"Rome\" {print $2}' p.csv"), "awk -F, '$3==\"Rome\" {print $2}' p.csv");
    EXPECT_EQ(mended("awk -F: '$3 == \"/bin/zsh\" {print $1}' passwd"), "awk -F: '$4 == \"/bin/zsh\" {print $1}' passwd");
    EXPECT_EQ(mended("awk -F, '$3 == \"rome\" {print $2}' p.csv"), "awk -F, '$3 == \"Rome\" {print $2}' p.csv");
    for (const char* good : {"awk '$2 == \"food\"' costs.txt", "awk '$3 == \"fish\"' costs.txt", "awk '$3 == \"food\"' other.txt", "awk '$4 == \"7\"' costs.txt",
                             "awk -F, '$3 == \"Oslo\"' p.csv", "awk \"$3 == \\\"food\\\"\" costs.txt"}) {
        EXPECT_EQ(mended(good), good);
    }
}

TEST(MendColumns, WordsAreNotAddedUp) {
    EXPECT_EQ(mended("awk '{s += $4} END {print s}' costs.txt"), "awk '{s += $3} END {print s}' costs.txt");
    EXPECT_EQ(mended("awk '$3 == \"food\" {s+=$4} END {print s}' costs.txt"), "awk '$2 == \"food\" {s+=$3} END {print s}' costs.txt");
    EXPECT_EQ(mended("awk '{s+=$3} END {print s}' costs.txt"), "awk '{s+=$3} END {print s}' costs.txt");
}

TEST(MendColumns, BlanksAreNoCommas) {
    EXPECT_EQ(mended("cut -d, -f1 costs.txt"), "cut -d' ' -f1 costs.txt");
    EXPECT_EQ(mended("cut -d, -f1 p.csv"), "cut -d, -f1 p.csv");
}

}  // namespace
}  // namespace caro::engine
