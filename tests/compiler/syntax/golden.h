#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace duet::test {

/// The text of a file; fails the test if there is none.
std::string read_file(const std::filesystem::path& path);

/// All scripts in a folder of the repository and below it, sorted. A folder that is not there has none.
std::vector<std::filesystem::path> scripts_in(const std::string& folder);

/// The path as it is named in messages: from the root of the repository.
std::string name_of(const std::filesystem::path& path);

/// Compares with a file; with DUET_RECORD=1 in the environment writes it instead.
void expect_golden(const std::filesystem::path& path, const std::string& actual);

}  // namespace duet::test
