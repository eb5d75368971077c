// Reading of .npy files: types, formats, and everything that can be wrong with a file.

#include "runtime/data/npy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "runtime/core/error.h"
#include "tests/support/write_npy.h"

namespace duet {
namespace {

using test::npy_bytes;
using test::npy_start;
using test::NpyFile;

class Npy : public testing::Test {
 protected:
  ~Npy() override { std::filesystem::remove(path_); }

  std::string write(const std::string& bytes) const {
    test::write_bytes(path_, bytes);
    return path_;
  }
  std::string fault(const std::string& bytes) const {
    try {
      read_npy_reals(write(bytes));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0720");
      EXPECT_NE(std::string(error.what()).find(path_), std::string::npos) << "the file is named";
      return error.what();
    }
    return "nothing was thrown";
  }
  void expect_fault(const std::string& bytes, const std::string& words) const {
    const std::string message = fault(bytes);
    EXPECT_NE(message.find(words), std::string::npos) << message << "\nshould say: " << words;
  }

  std::string path_ =
      (std::filesystem::temp_directory_path() / ("duet_npy_" + std::to_string(getpid()) + ".npy")).string();
};

TEST_F(Npy, EveryTypeIsReadAsReals) {
  for (const char* type : {"f8", "f4", "i8", "i4", "u1"}) {
    const NpyArray<double> array = read_npy_reals(write(npy_bytes({{2, 3}, {1, 2, 3, 4, 5, 200}, type})));
    EXPECT_EQ(array.type, type);
    EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 3}));
    EXPECT_EQ(array.values, (std::vector<double>{1, 2, 3, 4, 5, 200})) << type;
  }
  EXPECT_EQ(read_npy_reals(write(npy_bytes({{2}, {0, 1}, "b1"}))).values, (std::vector<double>{0, 1}));
}

TEST_F(Npy, RealsKeepEveryBit) {
  const std::vector<double> values = {0.1, -0.0, 5e-324, std::numeric_limits<double>::infinity(), std::nan("")};
  const std::vector<double> read = read_npy_reals(write(npy_bytes({{5}, values}))).values;
  EXPECT_EQ(0, std::memcmp(read.data(), values.data(), 5 * sizeof(double)));
  EXPECT_EQ(read_npy_reals(write(npy_bytes({{1}, {0.1}, "f4"}))).values[0], double(0.1f));
}

TEST_F(Npy, WholeNumbersKeepTheirSign) {
  for (const char* type : {"i8", "i4"})
    EXPECT_EQ(read_npy_integers(write(npy_bytes({{2}, {-7, 70000}, type}))).values, (std::vector<int64_t>{-7, 70000}));
  EXPECT_EQ(read_npy_integers(write(npy_bytes({{2}, {255, 0}, "u1"}))).values, (std::vector<int64_t>{255, 0}));
}

TEST_F(Npy, RowsAreCutOutOfTheFirstAxis) {
  const NpyArray<double> array = read_npy_reals(write(npy_bytes({{2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}})));
  EXPECT_EQ(array.rows(), 2u);
  EXPECT_EQ(array.row_size(), 4u);
  EXPECT_EQ(std::vector<double>(array.row(1).begin(), array.row(1).end()), (std::vector<double>{4, 5, 6, 7}));
}

TEST_F(Npy, ShapesWithoutElementsAndWithoutAxesAreShapesToo) {
  const NpyArray<double> none = read_npy_reals(write(npy_bytes({{0, 4}, {}})));
  EXPECT_EQ(none.rows(), 0u);
  EXPECT_TRUE(none.values.empty());
  const NpyArray<double> single = read_npy_reals(write(npy_bytes({{}, {3}})));
  EXPECT_EQ(single.rows(), 1u);
  EXPECT_EQ(single.values, std::vector<double>{3});
}

TEST_F(Npy, FormatTwoIsReadToo) {
  NpyFile file{{2, 1}, {3, 4}};
  file.major = 2;
  EXPECT_EQ(read_npy_reals(write(npy_bytes(file))).values, (std::vector<double>{3, 4}));
}

TEST_F(Npy, HeadersNeedNotBeLaidOutAsNumpyDoesIt) {
  const std::string bytes =
      npy_start("{\"shape\":(1,1),'fortran_order':False,  'descr':'<f8'}") + std::string("\0\0\0\0\0\0\x08\x40", 8);
  EXPECT_EQ(read_npy_reals(write(bytes)).values, std::vector<double>{3});
}

TEST_F(Npy, WhatIsNoArrayIsRefused) {
  expect_fault("", "it is not a .npy file");
  expect_fault("a text that is longer than the start of a file", "it is not a .npy file");
  expect_fault(npy_bytes({{1}, {1}}).replace(6, 1, "\3"), "it is of format 3.0");
  expect_fault(npy_bytes({{1}, {1}}).substr(0, 9), "its header is cut short");
  expect_fault(npy_bytes({{1}, {1}}).substr(0, 40), "its header is cut short");
  EXPECT_THROW(read_npy_reals("/no/such/file.npy"), Error);
}

TEST_F(Npy, DamagedHeadersAreRefused) {
  for (const char* header : {
           "",
           "{}",
           "{'descr': '<f8', 'fortran_order': False}",                         // shape is missing
           "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",           // not closed
           "{'descr': '<f8', 'fortran_order': Perhaps, 'shape': (1,), }",      // no truth value
           "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",       // no size
           "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}",  // unknown key
           "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
       })
    expect_fault(npy_start(header), "its header is damaged");
}

TEST_F(Npy, OrdersAndTypesThatAreNotReadAreNamed) {
  const std::string f8(8, '\0');
  expect_fault(npy_start("{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }") + f8, "it is in Fortran order");
  for (const char* type : {">f8", "<f2", "<c16", "|S8", "<u8", "<i2", "|O", "", "<f8x"})
    expect_fault(npy_start("{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (1,), }") + f8,
                 "of type '" + std::string(type) + "'");
  // A record's type is a list.
  expect_fault(npy_start("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }") + f8,
               "header is damaged");
  try {
    read_npy_integers(write(npy_bytes({{1}, {1}})));
    ADD_FAILURE() << "reals were taken for whole numbers";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0720");
    EXPECT_NE(std::string(error.what()).find("holds reals (f8)"), std::string::npos) << error.what();
  }
}

TEST_F(Npy, LengthsMustAgreeWithTheShape) {
  const std::string bytes = npy_bytes({{2, 3}, {1, 2, 3, 4, 5, 6}});
  expect_fault(bytes.substr(0, bytes.size() - 1), "it is cut short: an array (2, 3) of f8 has 48 bytes, the file 47");
  expect_fault(bytes + "x", "it is too long: an array (2, 3) of f8 has 48 bytes, the file 49");
  expect_fault(npy_start("{'descr': '<f8', 'fortran_order': False, 'shape': (400000000, 400000000, 400000000), }"),
               "it is cut short");
}

TEST_F(Npy, WholeNumbersBeyondTheDoublesAreRefusedAsReals) {
  const double most = 9007199254740992.0;  // 2^53
  EXPECT_EQ(read_npy_reals(write(npy_bytes({{1}, {most}, "i8"}))).values[0], most);
  expect_fault(npy_bytes({{2}, {0, 2 * most}, "i8"}), "element 1, 18014398509481984, is too large");
}

}  // namespace
}  // namespace duet
