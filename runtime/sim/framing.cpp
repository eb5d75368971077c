#include "runtime/sim/framing.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace duet {
namespace {

constexpr double kAzimuth = 115;    // from the side and a little from the front, degrees
constexpr double kElevation = -18;  // from above, degrees
constexpr double kMargin = 1.05;    // of the distance, so that nothing touches the border

/// The root of the tree with the most driven joints, of these the one with the most degrees of freedom; 0, the world,
/// if nothing moves.
int root_of_robot(const mjModel& m) {
  std::vector<std::pair<int, int>> trees(static_cast<std::size_t>(m.nbody), {0, 0});
  const auto tree_of = [&](int body) -> auto& {
    return trees[static_cast<std::size_t>(m.body_rootid[body])];
  };
  for (int i = 0; i < m.nu; ++i)
    if (m.actuator_trntype[i] == mjTRN_JOINT || m.actuator_trntype[i] == mjTRN_JOINTINPARENT)
      ++tree_of(m.jnt_bodyid[m.actuator_trnid[2 * i]]).first;
  for (int dof = 0; dof < m.nv; ++dof) ++tree_of(m.dof_bodyid[dof]).second;
  return static_cast<int>(std::max_element(trees.begin(), trees.end()) - trees.begin());
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

/// How far the geom can get from the root of its tree, whatever the hinges do: metres.
double reach_of(const mjModel& m, int geom) {
  double reach = mju_norm3(m.geom_pos + 3 * geom) + m.geom_rbound[geom];
  const int root = m.body_rootid[m.geom_bodyid[geom]];
  for (int body = m.geom_bodyid[geom];; body = m.body_parentid[body]) {
    for (int joint = m.body_jntadr[body]; joint < m.body_jntadr[body] + m.body_jntnum[body]; ++joint)
      if (m.jnt_type[joint] == mjJNT_SLIDE && m.jnt_limited[joint])
        reach += std::max(std::abs(m.jnt_range[2 * joint]), std::abs(m.jnt_range[2 * joint + 1]));
    if (body == root) return reach;
    reach += mju_norm3(m.body_pos + 3 * body);
  }
}

/// The radius of a sphere about the root of a robot that stays where it is: all it reaches, and what else moves.
double radius_at_rest(const mjModel& m, const mjData& d, int root) {
  double radius = 0;
  for (int geom = 0; geom < m.ngeom; ++geom) {
    const int tree = m.body_rootid[m.geom_bodyid[geom]];
    if (tree == root) {
      radius = std::max(radius, reach_of(m, geom));
    } else if (m.body_weldid[m.geom_bodyid[geom]] != 0) {
      radius = std::max(radius, mju_dist3(d.geom_xpos + 3 * geom, d.xpos + 3 * root) + m.geom_rbound[geom]);
    }
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
  double radius = 0;
  if (root > 0 && goes_anywhere(m, root)) {
    followed_ = root;
    radius = radius_of(m, start, root, start.subtree_com + 3 * root);
  } else if (root > 0) {
    std::copy_n(start.xpos + 3 * root, 3, centre_.begin());
    radius = radius_at_rest(m, start, root);
  } else {
    std::copy_n(m.stat.center, 3, centre_.begin());
  }
  if (radius <= 0) radius = m.stat.extent / 2;  // nothing moves, or what does has no geoms
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
