// Models written for a MuJoCo after 2.2.2: each is refused, and the help says which version brought what is not known.
// The versions are those of MuJoCo's changelog.

#include "runtime/sim/newer_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/sim/model.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

using test::TempModel;
using test::thrown;

/// A model with the text in one of its sections.
struct Newer {
  const char* word;
  const char* since;
  const char* section;  ///< What the text stands in: mujoco, worldbody, or another such as asset.
  const char* text;
};

constexpr const char* kBody =
    "<body name='b'><joint name='j'/><geom name='g' size='.1'/><site name='s'/><site name='s2'/></body>";

std::string model_with(const Newer& newer) {
  const std::string section = newer.section, text = newer.text;
  const std::string world = "<worldbody>" + std::string(kBody) + (section == "worldbody" ? text : "") + "</worldbody>";
  if (section == "worldbody") return "<mujoco>" + world + "</mujoco>";
  if (section == "mujoco") return "<mujoco>" + text + world + "</mujoco>";
  return "<mujoco>" + world + "<" + section + ">" + text + "</" + section + "></mujoco>";
}

const Newer kNewer[] = {
    {"extension", "2.3.0", "mujoco", "<extension/>"},
    {"plugin", "2.3.0", "actuator", "<plugin joint='j'/>"},
    {"memory", "2.3.0", "mujoco", "<size memory='1M'/>"},
    {"assetdir", "2.3.0", "mujoco", "<compiler assetdir='a'/>"},
    {"realtime", "2.3.0", "mujoco", "<visual><global realtime='1'/></visual>"},
    {"cable", "2.3.0", "worldbody", "<body><composite type='cable' count='3 1 1' spacing='1'/></body>"},
    {"gravcomp", "2.3.1", "worldbody", "<body gravcomp='1'/>"},
    {"actdim", "2.3.1", "actuator", "<general joint='j' actdim='1'/>"},
    {"implicitfast", "2.3.3", "mujoco", "<option integrator='implicitfast'/>"},
    {"midphase", "2.3.3", "mujoco", "<option><flag midphase='disable'/></option>"},
    {"ellipsoidinertia", "2.3.4", "mujoco", "<visual><global ellipsoidinertia='true'/></visual>"},
    {"tausmooth", "2.3.6", "actuator", "<muscle joint='j' tausmooth='0.1'/>"},
    {"solreffriction", "2.3.6", "contact", "<pair geom1='g' geom2='g' solreffriction='0 1'/>"},
    {"actuatorforcerange", "2.3.7", "worldbody", "<body><joint actuatorforcerange='0 1'/></body>"},
    {"jointactuatorfrc", "2.3.7", "sensor", "<jointactuatorfrc joint='j'/>"},
    {"content_type", "2.3.7", "asset", "<mesh name='m' file='m' content_type='model/obj'/>"},
    {"flexcomp", "3.0.0", "worldbody", "<flexcomp name='f'/>"},
    {"deformable", "3.0.0", "mujoco", "<deformable/>"},
    {"filterexact", "3.0.0", "actuator", "<general joint='j' dyntype='filterexact'/>"},
    {"actearly", "3.0.0", "actuator", "<general joint='j' actearly='true'/>"},
    {"actuatorfrcrange", "3.0.0", "worldbody", "<body><joint actuatorfrcrange='0 1'/></body>"},
    {"eulerdamp", "3.0.0", "mujoco", "<option><flag eulerdamp='disable'/></option>"},
    {"ls_iterations", "3.0.0", "mujoco", "<option ls_iterations='10'/>"},
    {"resolution", "3.0.0", "worldbody", "<camera resolution='10 10'/>"},
    {"sdf", "3.0.0", "worldbody", "<geom type='sdf'/>"},
    {"actuatorgroupdisable", "3.0.1", "mujoco", "<option actuatorgroupdisable='1'/>"},
    {"frame", "3.1.0", "worldbody", "<frame/>"},
    {"kv", "3.1.0", "actuator", "<position joint='j' kv='1'/>"},
    {"elevation", "3.1.2", "asset", "<hfield name='h' elevation='0 1'/>"},
    {"inheritrange", "3.1.3", "actuator", "<position joint='j' inheritrange='1'/>"},
    {"actuatorgravcomp", "3.1.4", "worldbody", "<body><joint actuatorgravcomp='true'/></body>"},
    {"replicate", "3.1.5", "worldbody", "<replicate count='2'/>"},
    {"metallic", "3.1.5", "asset", "<material name='m' metallic='1'/>"},
    {"dampratio", "3.1.6", "actuator", "<position joint='j' dampratio='1'/>"},
    {"timeconst", "3.1.6", "actuator", "<position joint='j' timeconst='1'/>"},
    {"distance", "3.1.6", "sensor", "<distance geom1='g' geom2='g'/>"},
    {"model", "3.2.0", "asset", "<model name='m' file='m.xml'/>"},
    {"attach", "3.2.0", "worldbody", "<attach model='m'/>"},
    {"maxhullvert", "3.2.0", "asset", "<mesh name='m' maxhullvert='9'/>"},
    {"orthographic", "3.2.0", "worldbody", "<camera orthographic='true'/>"},
    {"autoreset", "3.2.1", "mujoco", "<option><flag autoreset='disable'/></option>"},
    {"align", "3.2.3", "worldbody", "<body><freejoint align='true'/></body>"},
    {"nativeccd", "3.2.3", "mujoco", "<option><flag nativeccd='enable'/></option>"},
    {"ccd_iterations", "3.2.3", "mujoco", "<option ccd_iterations='9'/>"},
    {"site1", "3.2.3", "equality", "<weld site1='s' site2='s2'/>"},
    {"layer", "3.2.5", "asset", "<material name='m'><layer texture='t'/></material>"},
    {"inertia", "3.2.5", "asset", "<mesh name='m' inertia='exact'/>"},
    {"e_kinetic", "3.3.0", "sensor", "<e_kinetic/>"},
    {"armature", "3.3.1", "tendon", "<fixed armature='1'><joint joint='j' coef='1'/></fixed>"},
    {"saveinertial", "3.3.1", "mujoco", "<compiler saveinertial='true'/>"},
    {"type", "3.3.3", "worldbody", "<light type='spot'/>"},
};

TEST(NewerWords, AreKnownWithTheirVersion) {
  for (const Newer& newer : kNewer) {
    const TempModel file(model_with(newer), "newer");
    const Error error = thrown<Error>([&] { Model::load(file.path()); });
    EXPECT_EQ(error.code(), "E0502") << newer.word << ": " << error.what();
    const std::string wanted =
        "`" + std::string(newer.word) + "` came with MuJoCo " + newer.since + ", this is 2.2.2: ";
    EXPECT_EQ(error.help().rfind(wanted, 0), 0u) << error.what() << "\n" << error.help();
    EXPECT_GT(error.help().size(), wanted.size()) << "what to do is missing";
  }
}

TEST(NewerWords, WhatChangedItsMeaningIsKnown) {
  const std::vector<std::pair<Newer, std::string>> cases = {
      {{"", "", "worldbody", "<body><joint range='0 1'/><geom size='.1'/></body>"}, "autolimits=\"true\""},
      {{"", "", "actuator", "<motor joint='j' ctrlrange='-1 1'/>"}, "autolimits=\"true\""},
      {{"", "", "actuator", "<muscle joint='j'/><motor joint='j'/>"}, "2.3.1"},
      {{"", "", "tendon", "<fixed springlength='0 1'><joint joint='j' coef='1'/></fixed>"}, "2.3.1"},
      {{"", "", "worldbody", "<body><joint/><geom size='.1' shellinertia='true'/></body>"}, "3.2.3"},
  };
  for (const auto& [newer, part] : cases) {
    const TempModel file(model_with(newer), "meaning");
    const Error error = thrown<Error>([&] { Model::load(file.path()); });
    EXPECT_EQ(error.code(), "E0502") << newer.text;
    EXPECT_NE(error.help().find(part), std::string::npos) << error.what() << "\n" << error.help();
  }
}

TEST(NewerWords, AWordOfOneElementMeansNothingInAnother) {
  const auto message = [](const std::string& attribute, const std::string& element) {
    return "XML Error: Schema violation: unrecognized attribute: '" + attribute + "'\n\nElement '" + element +
           "', line 1";
  };
  EXPECT_NE(help_for_newer_words(message("kv", "position")), "");
  EXPECT_EQ(help_for_newer_words(message("kv", "motor")), "");
  EXPECT_EQ(help_for_newer_words("XML Error: Schema violation: unrecognized element\n\nElement 'moter', line 1"), "");
  EXPECT_EQ(help_for_newer_words("Error: sizes must be positive"), "");
}

// What the help advises instead must be right for 2.2.2.
TEST(NewerWords, TheReplacementsAreAccepted) {
  const Newer replacements[] = {
      {"", "", "actuator", "<general joint='j' gainprm='2' biastype='affine' biasprm='0 -2 -1'/>"},
      {"", "", "actuator", "<general joint='j' dyntype='filter' dynprm='0.1'/>"},
      {"", "", "mujoco", "<option integrator='implicit' mpr_iterations='9' mpr_tolerance='1e-6'/>"},
      {"", "", "mujoco", "<compiler autolimits='true' meshdir='a' texturedir='b' exactmeshinertia='true'/>"},
      {"", "", "mujoco", "<size nstack='9000' njmax='99' nconmax='9'/>"},
      {"", "", "equality", "<weld body1='b'/><connect body1='b' anchor='0 0 0'/>"},
      {"", "", "worldbody", "<light directional='true'/><camera fovy='40'/>"},
      {"", "", "actuator",
       "<motor joint='j' forcelimited='true' forcerange='-1 1'/><muscle joint='j' lengthrange='0 1'/>"},
  };
  for (const Newer& each : replacements) {
    const TempModel file(model_with(each), "replacement");
    EXPECT_EQ(thrown<Error>([&] { Model::load(file.path()); }).code(), "") << each.text;
  }
}

}  // namespace
}  // namespace duet
