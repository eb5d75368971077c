#include "runtime/sim/newer_words.h"

#include <mujoco/mujoco.h>

#include <string_view>

namespace duet {
namespace {

/// A word of MJCF that came after 2.2.2. All versions are from MuJoCo's changelog.
struct NewerWord {
  std::string_view word;
  std::string_view element;  ///< The element it is an attribute or a keyword of; empty: any, or an element itself.
  std::string_view since;
  std::string_view advice;
};

constexpr std::string_view kRemove = "remove it";
constexpr std::string_view kPicture = "remove it; it changes pictures only";
constexpr std::string_view kSolver = "remove it; 2.2.2 decides that itself";
constexpr std::string_view kFlex = "2.2.2 has no deformable bodies of this kind; remove them, or use `composite`";
constexpr std::string_view kPlugin = "2.2.2 has no plugins; remove them, or say in `control` what an actuator does";
constexpr std::string_view kCamera = "remove it; 2.2.2 has `fovy` alone";
constexpr std::string_view kCopies = "write the copies out, as that version does when it saves the model";

constexpr NewerWord kWords[] = {
    // Elements.
    {"extension", "", "2.3.0", kPlugin},
    {"plugin", "", "2.3.0", kPlugin},
    {"flexcomp", "", "3.0.0", kFlex},
    {"deformable", "", "3.0.0", kFlex},
    {"frame", "", "3.1.0", "give what stands in it the position and orientation of the frame, or make it a `body`"},
    {"replicate", "", "3.1.5", kCopies},
    {"attach", "", "3.2.0", "copy the other model's bodies here, or use `include`"},
    {"model", "", "3.2.0", "copy the other model's bodies here, or use `include`"},
    {"layer", "", "3.2.5", kPicture},
    {"jointactuatorfrc", "", "2.3.7", "remove it; scripts read `qfrc_actuator[\"joint\"]`"},
    {"camprojection", "", "3.0.0", kRemove},
    {"distance", "", "3.1.6", "remove it; scripts compute distances of `geom_xpos` or `site_xpos`"},
    {"normal", "", "3.1.6", kRemove},
    {"fromto", "sensor", "3.1.6", kRemove},
    {"e_potential", "", "3.3.0", kRemove},
    {"e_kinetic", "", "3.3.0", kRemove},
    {"tendonactuatorfrc", "", "3.3.1", "remove it; scripts read `actuator_force[\"actuator\"]`"},
    // Keywords.
    {"implicitfast", "option", "2.3.3", "`integrator=\"implicit\"` is nearest to it, `Euler` is the default"},
    {"filterexact", "", "3.0.0", "`dyntype=\"filter\"` is the same with Euler's integration"},
    {"sdf", "geom", "3.0.0", "use a mesh or a primitive shape"},
    {"cable", "composite", "2.3.0", "use the composite `rope`"},
    // Attributes of the model as a whole.
    {"memory", "size", "2.3.0", "remove it, or give room by `nstack`, `njmax` and `nconmax`"},
    {"assetdir", "compiler", "2.3.0", "use `meshdir` and `texturedir`"},
    {"alignfree", "compiler", "3.2.3", kRemove},
    {"saveinertial", "compiler", "3.3.1", kRemove},
    {"actuatorgroupdisable", "option", "3.0.1", kRemove},
    {"ls_iterations", "option", "3.0.0", kSolver},
    {"ls_tolerance", "option", "3.0.0", kSolver},
    {"ccd_iterations", "option", "3.2.3", "use `mpr_iterations`"},
    {"ccd_tolerance", "option", "3.2.3", "use `mpr_tolerance`"},
    {"eulerdamp", "flag", "3.0.0", kRemove},
    {"invdiscrete", "flag", "3.0.0", kRemove},
    {"island", "flag", "3.0.0", kSolver},
    {"midphase", "flag", "2.3.3", kSolver},
    {"nativeccd", "flag", "3.2.3", kSolver},
    {"autoreset", "flag", "3.2.1", "remove it; duet stops a run whose simulation becomes unstable"},
    // Attributes of bodies and joints.
    {"gravcomp", "body", "2.3.1", "remove it; a script can add `qfrc_bias` of its joints in `control`"},
    {"actuatorgravcomp", "joint", "3.1.4", kRemove},
    {"actuatorforcerange", "joint", "2.3.7", "use `forcerange` of the actuators"},
    {"actuatorforcelimited", "joint", "2.3.7", "use `forcelimited` of the actuators"},
    {"actuatorfrcrange", "", "3.0.0", "use `forcerange` of the actuators"},
    {"actuatorfrclimited", "", "3.0.0", "use `forcelimited` of the actuators"},
    {"align", "freejoint", "3.2.3", kRemove},
    {"armature", "spatial", "3.3.1", "remove it, or give `armature` to the joints"},
    {"armature", "fixed", "3.3.1", "remove it, or give `armature` to the joints"},
    {"site1", "", "3.2.3", "use `body1`, `body2` and `anchor`"},
    {"site2", "", "3.2.3", "use `body1`, `body2` and `anchor`"},
    {"solreffriction", "pair", "2.3.6", kRemove},
    // Attributes of actuators.
    {"actdim", "", "2.3.1", kRemove},
    {"actearly", "", "3.0.0", kRemove},
    {"tausmooth", "", "2.3.6", kRemove},
    {"inheritrange", "", "3.1.3", "write `ctrlrange` with the range of the joint"},
    {"kv", "position", "3.1.0", "write `general` with `gainprm=\"KP\" biastype=\"affine\" biasprm=\"0 -KP -KV\"`"},
    {"kv", "intvelocity", "3.1.0", "remove it, or give `damping` to the joint"},
    {"dampratio", "", "3.1.6", "write `general` with `gainprm=\"KP\" biastype=\"affine\" biasprm=\"0 -KP -KV\"`"},
    {"timeconst", "position", "3.1.6", "write `general` with `dyntype=\"filter\"` and this time as `dynprm`"},
    // Attributes of assets and of what is seen.
    {"inertia", "mesh", "3.2.5", "remove it; `<compiler exactmeshinertia=\"true\"/>` is for all meshes"},
    {"maxhullvert", "mesh", "3.2.0", kRemove},
    {"content_type", "", "2.3.7", "remove it and let the name of the file end in .obj, .stl or .png"},
    {"elevation", "hfield", "3.1.2", "make a picture of the heights and name it by `file`"},
    {"metallic", "material", "3.1.5", kPicture},
    {"roughness", "material", "3.1.5", kPicture},
    {"bulbradius", "light", "3.1.5", kPicture},
    {"type", "light", "3.3.3", "use `directional`"},
    {"realtime", "global", "2.3.0", kPicture},
    {"ellipsoidinertia", "global", "2.3.4", kPicture},
    {"bvactive", "", "3.1.2", kPicture},
    {"orthographic", "", "3.2.0", kPicture},
    {"resolution", "camera", "3.0.0", kCamera},
    {"focal", "camera", "3.0.0", kCamera},
    {"focalpixel", "camera", "3.0.0", kCamera},
    {"principal", "camera", "3.0.0", kCamera},
    {"principalpixel", "camera", "3.0.0", kCamera},
    {"sensorsize", "camera", "3.0.0", kCamera},
};

/// A message that shows a newer model without naming a word.
struct NewerMeaning {
  std::string_view part;  ///< Of the message.
  std::string_view help;
};

constexpr NewerMeaning kMeanings[] = {
    {"but not `",
     "since MuJoCo 3.0.0 a range is a limit by itself; `<compiler autolimits=\"true\"/>` makes it so here"},
    {"stateless actuators must come before",
     "since MuJoCo 2.3.1 their order is free; here `muscle`, `intvelocity` and other actuators with an activation "
     "stand last"},
    {"'springlength' has too much data", "since MuJoCo 2.3.1 it may be a range; here it is one length"},
    {"typeinertia currently only", "since MuJoCo 3.2.3 all geoms have `shellinertia`; here meshes alone do"},
};

/// The text in quotes after `lead`, or nothing.
std::string_view quoted_after(std::string_view message, std::string_view lead) {
  const std::size_t at = message.find(lead);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + lead.size(), end = message.find('\'', begin);
  return end == std::string_view::npos ? std::string_view() : message.substr(begin, end - begin);
}

}  // namespace

std::string help_for_newer_words(const std::string& message) {
  for (const NewerMeaning& meaning : kMeanings)
    if (message.find(meaning.part) != std::string::npos) return std::string(meaning.help);
  const std::string_view element = quoted_after(message, "Element '");
  std::string_view word = quoted_after(message, "unrecognized attribute: '");
  if (word.empty()) word = quoted_after(message, "invalid keyword: '");
  const bool is_element = word.empty() && message.find("unrecognized element") != std::string::npos;
  if (is_element) word = element;
  if (word.empty()) return {};
  for (const NewerWord& known : kWords) {
    if (known.word != word || (!known.element.empty() && !is_element && known.element != element)) continue;
    return "`" + std::string(word) + "` came with MuJoCo " + std::string(known.since) + ", this is " +
           mj_versionString() + ": " + std::string(known.advice);
  }
  return {};
}

}  // namespace duet
