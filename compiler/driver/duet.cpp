// The `duet` command. It links no engine, neither LibTorch nor MuJoCo, so that checking and formatting start at once.

#include "compiler/driver/hand_over.h"

int main(int argc, char** argv) {
  return duet::run_command_line(argc, argv, duet::hand_over(argv), {});
}
