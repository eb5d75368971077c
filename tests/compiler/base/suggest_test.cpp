#include "compiler/base/suggest.h"

#include <gtest/gtest.h>

namespace duet {
namespace {

TEST(EditDistance, KnownValues) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("obs", "obs"), 0u);
  EXPECT_EQ(edit_distance("obs", "osb"), 1u);  // a swap is one mistake
  EXPECT_EQ(edit_distance("ca", "abc"), 2u);   // a swap with an insertion between: 3 in the restricted variant
  EXPECT_EQ(edit_distance("action", "aciton"), 1u);
}

TEST(EditDistance, IsSymmetric) {
  const std::string words[] = {"reward", "rewrad", "wear", "", "dra", "forward"};
  for (const std::string& a : words) {
    for (const std::string& b : words) EXPECT_EQ(edit_distance(a, b), edit_distance(b, a)) << a << " " << b;
  }
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"obs", "action", "reward", "velocity", "horizon"};
  EXPECT_EQ(nearest("osb", names), "obs");
  EXPECT_EQ(nearest("actoin", names), "action");
  EXPECT_EQ(nearest("velosity", names), "velocity");
  EXPECT_EQ(nearest("rewards", names), "reward");
}

TEST(Nearest, ForgivesMoreInLongerWords) {
  EXPECT_EQ(nearest("x", {"y"}), std::nullopt);
  EXPECT_EQ(nearest("pos", {"vel"}), std::nullopt);
  EXPECT_EQ(nearest("qpso", {"qpos"}), "qpos");
  EXPECT_EQ(nearest("qxxs", {"qpos"}), std::nullopt);                  // two mistakes in four letters
  EXPECT_EQ(nearest("temprtre", {"temperature"}), std::nullopt);       // three in eight
  EXPECT_EQ(nearest("temprature_x", {"temperature"}), "temperature");  // three in twelve
  EXPECT_EQ(nearest("a_very_long_wrong_name", {"another"}), std::nullopt);
}

TEST(Nearest, CaseAloneAlwaysMatchesAndWins) {
  EXPECT_EQ(nearest("h", {"H"}), "H");
  EXPECT_EQ(nearest("QPOS", {"qpos_", "qpos"}), "qpos");
}

TEST(Nearest, TakesTheClosestAndThenTheFirst) {
  EXPECT_EQ(nearest("qvol", {"qvool_", "qvel"}), "qvel");
  EXPECT_EQ(nearest("axis", {"axes", "axi"}), "axes");
  EXPECT_EQ(nearest("axis", {"axi", "axes"}), "axi");
}

TEST(Nearest, NeverSuggestsTheWordItself) {
  EXPECT_EQ(nearest("obs", {"obs"}), std::nullopt);
  EXPECT_EQ(nearest("", {"", "a"}), std::nullopt);
  EXPECT_EQ(nearest("obs", {}), std::nullopt);
}

TEST(DidYouMean, IsASentenceOrNothing) {
  EXPECT_EQ(did_you_mean("rewrad", {"reward"}), "did you mean 'reward'?");
  EXPECT_EQ(did_you_mean("zzz", {"reward"}), "");
}

}  // namespace
}  // namespace duet
