#include "compiler/driver/repl/table.h"

#include <gtest/gtest.h>

#include <limits>

namespace duet {
namespace {

TensorData counted(std::vector<Axis> axes, Kind kind = Kind::real) {
  TensorData value{{kind, std::move(axes)}, {}};
  for (int64_t i = 0; i < value.type.elements(); ++i) value.data.push_back(static_cast<float>(i));
  return value;
}

TEST(NumberText, FourSignificantDigits) {
  EXPECT_EQ(number_text(3.14159265), "3.142");
  EXPECT_EQ(number_text(-0.000123456), "-0.0001235");
  EXPECT_EQ(number_text(123456.7), "1.235e+05");
  EXPECT_EQ(number_text(123456), "123456");
  EXPECT_EQ(number_text(1e6), "1e+06");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(NumberText, Kinds) {
  EXPECT_EQ(number_text(1, Kind::boolean), "true");
  EXPECT_EQ(number_text(0, Kind::boolean), "false");
  EXPECT_EQ(number_text(12345678, Kind::index), "12345678");
}

TEST(Table, Scalar) {
  EXPECT_EQ(table({{}, {0.5f}}), "0.5\n");
}

TEST(Table, Vector) {
  EXPECT_EQ(table({{Kind::real, {{"obs", 3}}}, {1, -2.5f, 1000}}),
            "obs |    0    1    2\n"
            "    |    1 -2.5 1000\n");
}

TEST(Table, VectorInBands) {
  TableOptions narrow;
  narrow.columns = 12;  // room for two numbers of three letters beside "k |"
  EXPECT_EQ(table(counted({{"k", 5}}), narrow),
            "k |   0   1\n"
            "  |   0   1\n"
            "k |   2   3\n"
            "  |   2   3\n"
            "k |   4\n"
            "  |   4\n");
}

TEST(Table, LongVectorIsCutInTheMiddle) {
  TableOptions narrow;
  narrow.columns = 12;
  EXPECT_EQ(table(counted({{"k", 100}}), narrow),
            "k |   0   1\n"
            "  |   0   1\n"
            "k |   2   3\n"
            "  |   2   3\n"
            "k | ...  97\n"
            "  | ...  97\n"
            "k |  98  99\n"
            "  |  98  99\n");
}

TEST(Table, Matrix) {
  EXPECT_EQ(table(counted({{"H", 2}, {"action", 3}})),
            "H \\ action |   0   1   2\n"
            "-----------+------------\n"
            "         0 |   0   1   2\n"
            "         1 |   3   4   5\n");
}

TEST(Table, BigMatrixIsCutBothWays) {
  TableOptions small;
  small.columns = 30;
  small.rows = 4;
  EXPECT_EQ(table(counted({{"a", 10}, {"b", 10}}), small),
            "a \\ b |   0   1 ...   8   9\n"
            "------+--------------------\n"
            "    0 |   0   1 ...   8   9\n"
            "    1 |  10  11 ...  18  19\n"
            "  ... | ... ... ... ... ...\n"
            "    9 |  90  91 ...  98  99\n");
}

TEST(Table, SlicesOfMoreAxes) {
  TableOptions few;
  few.slices = 3;
  EXPECT_EQ(table(counted({{"i", 2}, {"j", 2}, {"a", 1}, {"b", 2}}), few),
            "i 0, j 0:\n"
            "a \\ b |   0   1\n"
            "------+--------\n"
            "    0 |   0   1\n"
            "...\n"
            "i 1, j 1:\n"
            "a \\ b |   0   1\n"
            "------+--------\n"
            "    0 |   6   7\n");
}

TEST(Table, Nothing) {
  EXPECT_EQ(table(counted({{"row", 0}})), "nothing: real[row: 0]\n");
}

}  // namespace
}  // namespace duet
