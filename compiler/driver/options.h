#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the user asked for on the command line, one struct per command.
namespace duet {

/// A script and what it is made for: shared by the commands that build a program.
struct ScriptOptions {
  std::string file;
  std::string robot;                         // a name in robots/, or a path ending in .duet; empty: none
  std::string algorithm;                     // empty: the only one of the file
  std::vector<std::string> settings;         // "agent.lr=1e-3"
  std::vector<std::string> disabled_passes;  // names
};

struct CheckOptions {
  std::vector<std::string> files;
  std::string robot;
  bool verbose = false;
};

struct FormatOptions {
  std::vector<std::string> files;
  bool check = false;
};

struct ExplainOptions {
  ScriptOptions script;
  std::string stage = "types";
  std::string code;  // explains a diagnostic code instead of a script
  bool json = false;
  bool dot = false;
};

struct RunOptions {
  ScriptOptions script;
  std::optional<int64_t> steps;
  uint64_t seed = 1;
  std::string out;
  std::string resume;
  std::optional<int64_t> checkpoint_every;
  std::optional<int> keep;
  std::string engine;  // empty: the usual one, or that of the run that is resumed
  int threads = 0;     // 0: one for each core
  bool quiet = false;
  std::vector<std::string> command_line;
};

struct BatchOptions {
  std::string file;
  std::string experiment;  // empty: the only one of the file
  std::string out;         // empty: runs/EXPERIMENT
  int jobs = 0;            // runs at a time; 0: as many as there are cores for
  int threads_per_run = 1;
  std::string engine;  // empty: the usual one
  bool quiet = false;
  std::string again;  // the command that goes on with it, for the user
};

struct ReproduceOptions {
  std::string name;  // in algorithms/evidence, or a path ending in .duet
  BatchOptions batch;
};

struct EvaluateOptions {
  std::string run;
  int64_t episodes = 10;
  uint64_t seed = 1;
  std::string engine;  // empty: that of the run
  int threads = 0;     // as in RunOptions
  bool json = false;
};

struct ProfileOptions {
  std::string what;      // a run folder or a script
  ScriptOptions script;  // how a script is run; without file
  int64_t steps = 1000;
  std::optional<uint64_t> seed;
  int threads = 0;   // as in RunOptions
  bool all = false;  // lines that take next to no time, too
  bool json = false;
};

struct PlotCommandOptions {
  std::vector<std::string> runs;
  std::string out;
  std::string metric = "evaluate/return";
  std::string title;
};

struct CompareOptions {
  std::vector<std::string> runs;  // run folders, batch folders, curves
  std::string metric = "evaluate/return";
  std::optional<double> at;         // the step of the scores
  std::optional<double> threshold;  // steps until the metric is there
  std::string csv;                  // empty: none
  std::string picture;              // empty: none; ends in .png or .svg
  std::string title;
};

struct PictureOptions {
  std::string what;  // a run folder, or a robot by name or as a .duet file
  std::string out;   // ends in .mp4 or .png
  std::string size;  // "640x480", of each picture; empty: what is usual
  std::string camera;
  std::optional<int64_t> steps;       // control steps; absent: the whole episode
  std::optional<int64_t> frames;      // pictures on the sheet
  std::optional<std::string> policy;  // of a robot: random or zero
  std::vector<std::string> settings;  // of a robot: "robot.p=0.7"
  std::string engine;                 // of a run; empty: the one it ran with
  uint64_t seed = 1;
  bool shadows = false;
};

struct VerifyCommandOptions {
  std::string robot;                  // by name or as a .duet file
  std::string against;                // a recording, or a folder above several
  std::string facts;                  // the numbers of the model; empty: those beside the recordings, if there are any
  std::vector<std::string> settings;  // "robot.speed=0.3"
  std::optional<double> tolerance;
  double reward_tolerance = 1e-12;
  bool from_checkpoints = false;
  bool json = false;
};

struct OpsOptions {
  std::string name;
  bool json = false;
};

struct AlgorithmsOptions {
  bool markdown = false;
};

struct RobotsOptions {
  bool json = false;
};

struct RobotOptions {
  std::string robot;                  // a name in robots/, or a path ending in .duet
  std::vector<std::string> settings;  // "robot.speed=2"
  bool all = false;                   // long lists are not cut
  std::string picture;                // drawn there too, if it is not empty; ends in .png
  bool json = false;
};

struct ReplCommandOptions {
  std::string file;
  std::string robot;
  uint64_t seed = 1;
};

}  // namespace duet
