/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-basis.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"

static const LwBasis rhythmic = { .kind = LW_BASIS_RHYTHMIC, .n = 8, .first_centre = 0, .spacing = 1.0 / 8, .h = 0.12 };

/* b / sum b as it stands in the paper. */
static double
naive (const LwBasis *basis, size_t k, double z)
{
  double sum = 0, mine = 0;
  for (size_t i = 0; i < basis->n; i++) {
    double u = z - (basis->first_centre + (double) i * basis->spacing);
    double b = basis->kind == LW_BASIS_STROKE ? exp (-u * u / (2 * basis->h)) : exp ((cos (2 * M_PI * u) - 1) / basis->h);
    sum += b;
    mine = i == k ? b : mine;
  }
  return mine / sum;
}

static void
test_published_layout (void)
{
  LwBasis basis;
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  g_assert_cmpint (basis.kind, ==, LW_BASIS_STROKE);
  g_assert_cmpuint (basis.n, ==, 20);
  lw_assert_close (basis.h, 0.001378125, 1e-15, 0);
  lw_assert_close (basis.first_centre, -0.025, 1e-15, 0);
  lw_assert_close (basis.first_centre + 19 * basis.spacing, 1.025, 1e-15, 0);
}

static void
test_range (void)
{
  LwBasis basis = { .n = 77 };
  g_assert_cmpint (lw_basis_init_stroke (&basis, 0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init_stroke (&basis, LW_BASIS_MAX + 1), ==, LW_ERR_RANGE);
  g_assert_cmpuint (basis.n, ==, 77);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 2), ==, LW_OK);
  g_assert_cmpint (lw_basis_init_stroke (&basis, LW_BASIS_MAX), ==, LW_OK);
}

/* Field by field: between kind and n there may be bytes that belong to none. */
static void
assert_same (const LwBasis *a, const LwBasis *b)
{
  g_assert_true (a->kind == b->kind && a->n == b->n);
  g_assert_true (a->first_centre == b->first_centre && a->spacing == b->spacing && a->h == b->h);
}

static void
test_layouts (void)
{
  const double nan = (double) NAN;
  LwBasis basis, kept;
  g_assert_cmpint (lw_basis_init_rhythmic (&basis, 8, 0.12), ==, LW_OK);
  assert_same (&basis, &rhythmic);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 8, 0, 1.0 / 7, 1.0 / 49), ==, LW_OK);
  lw_assert_close (basis.h, 1.0 / 49, 0, 0);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 1, 0.5, 1, 0.1), ==, LW_OK); /* a constant */
  double psi, dpsi, ddpsi;
  lw_basis_eval (&basis, 0.2, &psi, &dpsi, &ddpsi);
  g_assert_cmpfloat (psi, ==, 1);
  lw_assert_close (dpsi, 0, 0, 0);
  lw_assert_close (ddpsi, 0, 0, 0);

  kept = basis;
  g_assert_cmpint (lw_basis_init_rhythmic (&basis, 0, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init_rhythmic (&basis, LW_BASIS_MAX + 1, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init_rhythmic (&basis, 5, 0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init_rhythmic (&basis, 5, nan), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 5, 0, 0, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 5, 0, -0.1, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 5, nan, 0.1, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 5, 0, 1e308, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 5, 0, 0.1, (double) INFINITY), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_RHYTHMIC, 5, 0, 0.25, 1), ==,
                   LW_ERR_RANGE); /* the fifth centre is the first */
  g_assert_cmpint (lw_basis_init (&basis, (LwBasisKind) 2, 5, 0, 0.1, 1), ==, LW_ERR_RANGE);
  assert_same (&basis, &kept);
}

/* A peer's basis (its bandwidth is 1/h), movement and zero padding: with all weights y0 a movement stays at y0, so the padded one
 * is the weights (y0, y0 + w). */
static void
test_golden_peers (void)
{
  const struct {
    const char *basis, *centres, *bandwidth;
  } peers[] = {
    { "golden/synthetic/pt_promp_out0_basis.npy", "golden/synthetic/pt_promp_out0_centers.npy",
      "golden/synthetic/pt_promp_out0_bandwidth.npy" },
    { "golden/synthetic/pt_promp_out1_basis.npy", "golden/synthetic/pt_promp_out1_centers.npy",
      "golden/synthetic/pt_promp_out1_bandwidth.npy" },
  };
  g_auto (LwGolden) times = { 0 }, padded = { 0 }, w = { 0 }, start = { 0 }, position = { 0 };
  LwBasis basis;
  double psi[8];

  if (!lw_golden_load (&times, "golden/synthetic/pt_times.npy"))
    return;
  for (size_t p = 0; p < G_N_ELEMENTS (peers); p++) {
    g_auto (LwGolden) expected = { 0 }, centres = { 0 }, bandwidth = { 0 };
    g_assert_true (lw_golden_load (&expected, peers[p].basis) && lw_golden_load (&centres, peers[p].centres)
                   && lw_golden_load (&bandwidth, peers[p].bandwidth));
    g_assert_cmpint (
        lw_basis_init (&basis, LW_BASIS_STROKE, 8, centres.data[0], centres.data[1] - centres.data[0], 1 / bandwidth.data[0]), ==,
        LW_OK);
    for (size_t i = 0; i < times.n; i++) {
      lw_basis_eval (&basis, times.data[i] / 2, psi, NULL, NULL);
      lw_assert_close_array (psi, expected.data + i * 8, 8, 1e-9, 1e-14);
    }
  }
  g_assert_true (lw_golden_load (&padded, "golden/synthetic/pt_zp_basis.npy")
                 && lw_golden_load (&w, "golden/synthetic/in_zp_w.npy"));
  g_assert_true (lw_golden_load (&start, "golden/synthetic/in_zp_init.npy")
                 && lw_golden_load (&position, "golden/synthetic/pt_zp_pos.npy"));
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 6, 0, 0.2, 0.04 / 3), ==, LW_OK);
  for (size_t i = 0; i < times.n; i++) {
    lw_basis_eval (&basis, times.data[i] / 2, psi, NULL, NULL);
    lw_assert_close_array (psi, padded.data + i * 6, 6, 1e-9, 1e-14);
    for (size_t j = 0; j < 2; j++) {
      double y = 0;
      for (size_t k = 0; k < 6; k++)
        y += psi[k] * (start.data[j] + (k > 0 ? w.data[j * 5 + k - 1] : 0));
      lw_assert_close (y, position.data[i * 2 + j], 1e-9, 1e-12);
    }
  }
}

static void
test_values (void)
{
  for (size_t n = 2; n <= LW_BASIS_MAX; n = 2 * n + 1) {
    LwBasis basis;
    double psi[LW_BASIS_MAX];
    g_assert_cmpint (lw_basis_init_stroke (&basis, n), ==, LW_OK);
    for (double z = 0; z <= 1; z += 0.0625) {
      double sum = 0;
      lw_fill_nan (psi, n);
      lw_basis_eval (&basis, z, psi, NULL, NULL);
      for (size_t k = 0; k < n; k++) {
        lw_assert_close (psi[k], naive (&basis, k, z), 1e-10, 1e-15);
        sum += psi[k];
      }
      lw_assert_close (sum, 1, 1e-14, 0);
    }
  }
}

/* First and second derivatives against central differences of the level below, and their sums, which are zero. */
static void
check_derivatives (const LwBasis *basis)
{
  enum { MAX = LW_BASIS_MAX };
  double psi[3][MAX], dpsi[3][MAX], ddpsi[MAX], d_only[MAX], dd_only[MAX];
  const double step = 1e-5;

  for (double z = -0.1; z <= 1.1; z += 0.0437) {
    lw_basis_eval (basis, z - step, psi[0], dpsi[0], NULL);
    lw_basis_eval (basis, z, psi[1], dpsi[1], ddpsi);
    lw_basis_eval (basis, z + step, psi[2], dpsi[2], NULL);
    lw_basis_eval (basis, z, psi[1], d_only, NULL);
    lw_basis_eval (basis, z, psi[1], NULL, dd_only);
    double d_largest = lw_largest_magnitude (dpsi[1], basis->n), dd_largest = lw_largest_magnitude (ddpsi, basis->n);
    double d_sum = 0, dd_sum = 0;
    for (size_t k = 0; k < basis->n; k++) {
      /* error of a central difference: step^2 / 6 times the third derivative, here below 1e-6 of the largest */
      lw_assert_close (dpsi[1][k], (psi[2][k] - psi[0][k]) / (2 * step), 0, 2e-6 * d_largest + 1e-9);
      lw_assert_close (ddpsi[k], (dpsi[2][k] - dpsi[0][k]) / (2 * step), 0, 2e-6 * dd_largest + 1e-7);
      g_assert_cmpfloat (d_only[k], ==, dpsi[1][k]);
      g_assert_cmpfloat (dd_only[k], ==, ddpsi[k]);
      d_sum += dpsi[1][k];
      dd_sum += ddpsi[k];
    }
    lw_assert_close (d_sum, 0, 0, 1e-13 * d_largest + 1e-13);
    lw_assert_close (dd_sum, 0, 0, 1e-12 * dd_largest + 1e-12);
  }
}

static void
test_derivatives (void)
{
  const size_t counts[] = { 2, 5, 20, 50 };
  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++) {
    LwBasis basis;
    g_assert_cmpint (lw_basis_init_stroke (&basis, counts[i]), ==, LW_OK);
    check_derivatives (&basis);
  }
  check_derivatives (&rhythmic);
}

static void
test_rhythmic (void)
{
  double psi[8], later[8];
  for (double z = 0; z < 1; z += 0.03) {
    lw_basis_eval (&rhythmic, z, psi, NULL, NULL);
    for (size_t k = 0; k < 8; k++)
      lw_assert_close (psi[k], naive (&rhythmic, k, z), 1e-12, 1e-16);
    lw_basis_eval (&rhythmic, z + 3, later, NULL, NULL); /* one period is one unit of phase */
    lw_assert_close_array (later, psi, 8, 1e-11, 1e-14);
    lw_basis_eval (&rhythmic, z + 1048576, later, NULL, NULL); /* nor do many turns cost digits */
    lw_assert_close_array (later, psi, 8, 1e-7, 1e-10);
  }
}

/* Far outside every Gaussian underflows, and further out squares overflow; their ratio does not: the nearest takes all. */
static void
test_far_outside (void)
{
  const double far[] = { 50, 1e6, 1e16, 1e160, 1.7e308 };
  LwBasis basis;
  double psi[20], dpsi[20], ddpsi[20];
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t i = 0; i < G_N_ELEMENTS (far); i++)
    for (int side = -1; side <= 1; side += 2) {
      lw_basis_eval (&basis, far[i] * side, psi, dpsi, ddpsi);
      lw_assert_close (psi[side < 0 ? 0 : 19], 1, 1e-12, 0);
      for (size_t k = 0; k < 20; k++) {
        lw_assert_close (dpsi[k], 0, 0, 1e-9);
        lw_assert_close (ddpsi[k], 0, 0, 1e-9);
      }
    }
}

static void
test_golden_published (void)
{
  g_auto (LwGolden) z = { 0 }, phi = { 0 };
  LwBasis basis;
  if (!lw_golden_load (&z, "golden/lampo/promp_z.npy") || !lw_golden_load (&phi, "golden/lampo/promp_phi20.npy"))
    return;
  g_autofree double *data = g_new (double, phi.n);
  lw_fill_nan (data, phi.n);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t i = 0; i < z.n; i++)
    lw_basis_eval (&basis, z.data[i], data + 20 * i, NULL, NULL);
  lw_assert_close_array (data, phi.data, phi.n, 1e-9, 1e-14);
}

/* @names: values, first and second derivative (NULL: none there) at the phases @z; one row a phase, or one a basis function. */
static void
check_golden (const LwBasis *basis, const char *z_name, const char *const names[3], gboolean transposed)
{
  g_auto (LwGolden) z = { 0 };
  double rows[3][LW_BASIS_MAX];

  if (!lw_golden_load (&z, z_name))
    return;
  for (size_t order = 0; order < 3; order++) {
    g_auto (LwGolden) expected = { 0 };
    if (names[order] == NULL)
      continue;
    g_assert_true (lw_golden_load (&expected, names[order]));
    double largest = lw_largest_magnitude (expected.data, expected.n);
    for (size_t i = 0; i < z.n; i++) {
      lw_basis_eval (basis, z.data[i], rows[0], rows[1], rows[2]);
      for (size_t k = 0; k < basis->n; k++)
        lw_assert_close (rows[order][k], expected.data[transposed ? k * z.n + i : i * basis->n + k], 1e-9, 1e-12 * largest);
    }
  }
}

static void
test_golden_derivatives (void)
{
  const LwBasis wide = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, 1.0 / 49 };
  const LwBasis peer = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, -1 / (8 * 64 * log (0.7)) };
#define SYN "golden/synthetic/"
  check_golden (&wide, SYN "ops_z.npy", (const char *const[]){ SYN "ops_psi.npy", SYN "ops_dpsi.npy", SYN "ops_ddpsi.npy" },
                FALSE);
  check_golden (&rhythmic, SYN "ops_z.npy",
                (const char *const[]){ SYN "ops_rhythmic_psi.npy", SYN "ops_rhythmic_dpsi.npy", NULL }, FALSE);
  check_golden (&peer, SYN "in_s.npy", (const char *const[]){ SYN "mp_basis.npy", SYN "mp_dbasis.npy", NULL }, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/basis/published-layout", test_published_layout);
  g_test_add_func ("/basis/range", test_range);
  g_test_add_func ("/basis/layouts", test_layouts);
  g_test_add_func ("/basis/golden-peers", test_golden_peers);
  g_test_add_func ("/basis/values", test_values);
  g_test_add_func ("/basis/derivatives", test_derivatives);
  g_test_add_func ("/basis/rhythmic", test_rhythmic);
  g_test_add_func ("/basis/far-outside", test_far_outside);
  g_test_add_func ("/basis/golden-published", test_golden_published);
  g_test_add_func ("/basis/golden-derivatives", test_golden_derivatives);
  return g_test_run ();
}
