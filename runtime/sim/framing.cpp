#include "runtime/sim/framing.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace duet {
namespace {

constexpr double kAzimuth = 115;    // from the side and a little from the front, degrees
constexpr double kElevation = -18;  // from above, degrees
constexpr double kMargin = 1.05;    // of the distance, so that nothing touches the border

/// The root of the tree with the most degrees of freedom; 0, the world, if nothing moves.
int root_of_robot(const mjModel& m) {
  std::vector<int> freedoms(static_cast<std::size_t>(m.nbody), 0);
  for (int dof = 0; dof < m.nv; ++dof) ++freedoms[static_cast<std::size_t>(m.body_rootid[m.dof_bodyid[dof]])];
  return static_cast<int>(std::max_element(freedoms.begin(), freedoms.end()) - freedoms.begin());
}

bool goes_anywhere(const mjModel& m, int root) {
  for (int i = 0; i < m.body_jntnum[root]; ++i) {
    const int joint = m.body_jntadr[root] + i;
    if (m.jnt_type[joint] == mjJNT_FREE) return true;
    if (m.jnt_type[joint] == mjJNT_SLIDE && !m.jnt_limited[joint]) return true;
  }
  return false;
}

/// The radius of a sphere about `centre` that holds all geoms of the tree.
double radius_of(const mjModel& m, const mjData& d, int root, const double* centre) {
  double radius = 0;
  for (int geom = 0; geom < m.ngeom; ++geom) {
    if (m.body_rootid[m.geom_bodyid[geom]] != root) continue;
    radius = std::max(radius, mju_dist3(d.geom_xpos + 3 * geom, centre) + m.geom_rbound[geom]);
  }
  return radius;
}

/// The distance from which a sphere fits into a picture whose height spans `fovy` degrees.
double distance_for(double radius, double fovy, double aspect) {
  const double vertical = fovy * M_PI / 360;
  const double horizontal = std::atan(std::tan(vertical) * aspect);
  return kMargin * radius / std::sin(std::min(vertical, horizontal));
}

}  // namespace

Framing::Framing(const mjModel& m, const mjData& start, double aspect) {
  const int root = root_of_robot(m);
  std::copy_n(m.stat.center, 3, centre_.begin());
  double radius = m.stat.extent / 2;
  if (root > 0 && goes_anywhere(m, root)) {
    followed_ = root;
    const double around = radius_of(m, start, root, start.subtree_com + 3 * root);
    if (around > 0) radius = around;  // else a robot without geoms
  }
  distance_ = distance_for(radius, m.vis.global.fovy, aspect);
}

mjvCamera Framing::camera(const mjData& now) const {
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  camera.type = mjCAMERA_FREE;
  camera.azimuth = kAzimuth;
  camera.elevation = kElevation;
  camera.distance = distance_;
  std::copy_n(followed_ < 0 ? centre_.data() : now.subtree_com + 3 * followed_, 3, camera.lookat);
  return camera;
}

}  // namespace duet
