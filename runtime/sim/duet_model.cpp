// duet-model FILE.xml: prints the facts of an MJCF model as JSON. The compiler runs it so that checking a script need
// not load MuJoCo. A failure prints {"code", "message", "help"} instead and exits with 1.

#include <cstdio>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/core/error.h"
#include "runtime/sim/model.h"

namespace {

// A name in the file may hold bytes that are no UTF-8; they must not break the answer.
std::string text_of(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

int fail(const std::string& code, const std::string& message, const std::string& help) {
  std::cout << text_of({{"code", code}, {"message", message}, {"help", help}}) << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("E0503", "duet-model takes one MJCF file", "usage: duet-model FILE.xml");
  try {
    std::cout << text_of(duet::to_json(duet::Model::load(argv[1])->facts())) << '\n';
    return std::cout.flush() ? 0 : 1;
  } catch (const duet::Error& error) {
    return fail(error.code(), error.what(), error.help());
  } catch (const std::exception& error) {
    return fail("E0503", std::string("could not read the model: ") + error.what(), "");
  }
}
