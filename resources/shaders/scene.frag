/* SPDX-License-Identifier: GPL-3.0-or-later */
// Sky and key light, a soft rim; the floor is a grid that fades out.
in vec3 world;
in vec3 world_normal;

uniform vec4 colour;
uniform vec3 eye;
uniform vec3 backdrop;
uniform vec3 line;
uniform bool floor_grid;

out vec4 fragment;

float grid (float step)
{
  vec2 at = world.xy / step;
  vec2 distance = abs (fract (at - 0.5) - 0.5) / max (fwidth (at), vec2 (1e-5));

  return 1.0 - min (min (distance.x, distance.y), 1.0);
}

void main ()
{
  if (floor_grid)
    {
      float fade = exp (-0.35 * dot (world.xy, world.xy));
      float strength = max (0.55 * grid (0.5), 0.25 * grid (0.1));

      fragment = vec4 (mix (backdrop, line, strength * fade), 1.0);
      return;
    }

  vec3 n = normalize (world_normal);
  vec3 to_eye = normalize (eye - world);
  vec3 key = normalize (vec3 (0.45, -0.55, 0.85));
  float sky = 0.5 + 0.5 * n.z;
  float lit = max (dot (n, key), 0.0);
  float shine = pow (max (dot (n, normalize (key + to_eye)), 0.0), 48.0);
  float rim = pow (1.0 - max (dot (n, to_eye), 0.0), 3.0);
  vec3 shaded = colour.rgb * (0.34 + 0.26 * sky + 0.52 * lit) + 0.12 * shine + 0.10 * rim * line;

  fragment = vec4 (shaded, colour.a);
}
