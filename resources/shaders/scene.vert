/* SPDX-License-Identifier: GPL-3.0-or-later */
// A unit mesh, scaled by the half sizes, its round ends moved out along z, turned and placed.
// The first line (#version) is put in front by the program: desktop OpenGL and OpenGL ES differ in it.
layout (location = 0) in vec3 unit;    // on the unit shape
layout (location = 1) in vec3 normal;  // of the unit shape
layout (location = 2) in float end;    // -1, 0, +1: which round end of a capsule

uniform mat4 view;
uniform mat4 projection;
uniform vec3 size;
uniform float half_length; // of capsules
uniform mat3 rotation;
uniform vec3 position;

out vec3 world;
out vec3 world_normal;

void main ()
{
  vec3 local = size * unit + vec3 (0.0, 0.0, end * half_length);

  world = rotation * local + position;
  world_normal = rotation * normalize (normal / max (size, vec3 (1e-6)));
  gl_Position = projection * (view * vec4 (world, 1.0));
}
