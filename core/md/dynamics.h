/* Molecular dynamics: Newton's equations for atoms in a potential, with heat bath and piston.
 *
 * Units: Å, fs, eV, u, K; pressures in eV/Å^3. Velocity Verlet, symmetric in time:
 *
 *     bath, piston   half kick: v += F dt / (2 m)   drift: x += v dt   forces   half kick   bath
 *
 * Heat baths (thermostat.c), relaxation time tau:
 *   Nosé-Hoover chain, deterministic: Martyna, Klein and Tuckerman, J. Chem. Phys. 97, 2635 (1992)
 *   Langevin, friction 1/tau on each atom: "BAOAB", Leimkuhler and Matthews (2013)
 *   CSVR, one random number scales all velocities: Bussi, Donadio and Parrinello (2007)
 * Pistons (barostat.c), for the volume, three lengths, or all of the cell:
 *   SCR, first order with noise: Bernetti and Bussi, J. Chem. Phys. 153, 114107 (2020)
 *   MTK, second order: Martyna, Tobias and Klein, J. Chem. Phys. 101, 4177 (1994); with the chain
 *
 * Centre of mass: at rest, so that there are 3 n - 3 degrees of freedom (noise is projected).
 * Atoms are not wrapped into the cell: positions follow their true paths.
 *
 * Random numbers of a step are a function of seed and step; neighbour sums have the same bits
 * however the list was built. So what mi_md_state holds is all there is: a run continued from a
 * state has the bits of a run that was never interrupted. */
#ifndef MI_DYNAMICS_H
#define MI_DYNAMICS_H

#include "core/potentials/potential.h"

#define MI_BOLTZMANN 8.617333262e-5      /* eV/K */
#define MI_ACCELERATION 9.648533212e-3   /* Å/fs^2 of 1 eV/Å on 1 u */

enum { MI_CHAIN_MOST = 8, MI_SCHEDULE_MOST = 64 };

typedef enum mi_bath { MI_BATH_NONE, MI_BATH_NOSE_HOOVER, MI_BATH_LANGEVIN, MI_BATH_CSVR } mi_bath;
typedef enum mi_piston { MI_PISTON_NONE, MI_PISTON_SCR, MI_PISTON_MTK } mi_piston;
typedef enum mi_piston_shape { MI_ISOTROPIC, MI_ORTHORHOMBIC, MI_TRICLINIC } mi_piston_shape;

/* A quantity that changes with time: straight lines between points. */
typedef struct mi_schedule {
  int count;
  double time[MI_SCHEDULE_MOST], value[MI_SCHEDULE_MOST];
} mi_schedule;

typedef struct mi_md_options {
  double timestep; /* fs */
  mi_bath bath;
  mi_piston piston;
  mi_piston_shape shape;
  mi_schedule temperature, pressure; /* K, eV/Å^3 */
  double bath_time, piston_time;     /* fs */
  double compressibility;            /* Å^3/eV: sets the pace of SCR, not its result */
  int chain;                         /* length of the Nosé-Hoover chains */
  uint64_t seed;
  double skin;                       /* Å, of the neighbour list */
  double most_move;                  /* Å an atom may move in a step */
  double most_strain;                /* the cell may change in a step */
  double most_deviation;             /* stop rule: eV/Å of a committee; infinite: none */
  double most_extrapolations;        /* stop rule; infinite: none */
} mi_md_options;

typedef enum mi_md_stop {
  MI_MD_RUNNING,
  MI_MD_DEVIATION,     /* a rule: the committee disagrees */
  MI_MD_EXTRAPOLATION, /* a rule: the potential extrapolates */
  MI_MD_EXPLODED       /* no physics any more; the text says what */
} mi_md_stop;

/* A Nosé-Hoover chain. */
typedef struct mi_chain {
  double position[MI_CHAIN_MOST], velocity[MI_CHAIN_MOST]; /* 1, 1/fs */
} mi_chain;

/* Where a trajectory is, besides what the potential gives for these positions. */
typedef struct mi_md_state {
  int64_t step;
  double *position, *velocity; /* [n x 3] Å, Å/fs; owned */
  double cell[3][3];
  double rate[9]; /* 1/fs, of the MTK piston: the symmetric strain rate, row by row */
  mi_chain bath, piston;
  double heat; /* eV taken from the baths with random numbers so far */
} mi_md_state;

typedef struct mi_md {
  mi_md_options options;
  const mi_potential *potential; /* borrowed */
  size_t n;
  int32_t *number;
  double *mass; /* u */
  bool periodic[3];
  double start_volume; /* Å^3 */
  double start_reach[3]; /* Å along x, y, z from the centre to the outermost atom */
  mi_md_state state;
  mi_neighbours list;
  mi_evaluation evaluation; /* at the positions of the state */
  double temperature, pressure; /* aimed at in the step */
  mi_md_stop stop;
  char why[512]; /* it stopped */
} mi_md;

typedef struct mi_md_observables {
  double time;                    /* fs */
  double kinetic, potential;      /* eV */
  double conserved;               /* eV; NaN with SCR, which conserves nothing */
  double temperature, pressure;   /* K, eV/Å^3 */
  double volume;                  /* Å^3; NaN without a cell */
  double stress[9];               /* eV/Å^3, positive under tension, with its kinetic part */
} mi_md_observables;

/* 1 fs, no bath, 300 K, 0 eV/Å^3, bath 100 fs, piston 1000 fs, 1.6 Å^3/eV (that is 1/100 GPa),
 * chain of 3, seed 1, skin 1 Å, moves of 1 Å and strains of 0.1. */
mi_md_options mi_md_options_default(void);

/* Starts from s at rest; masses are those of the elements unless mass [n] is given. On failure
 * nothing is left to free. */
mi_status mi_md_begin(mi_md *md, const mi_md_options *options, const mi_potential *potential,
                      const mi_structure *s, const double *mass, mi_control *control);
void mi_md_end(mi_md *md);

/* Velocities of a temperature: Maxwell's, without motion of the centre of mass, scaled to it. */
void mi_md_draw_velocities(mi_md *md, double temperature, uint64_t seed);

/* Takes the velocity of the centre of mass away. */
void mi_md_rest(mi_md *md);

/* Evaluates the potential; to be called when the state was set, before the first step. */
mi_status mi_md_prepare(mi_md *md, mi_control *control);

/* Does at most so many steps, fewer when md->stop is no longer MI_MD_RUNNING. A step that stops is
 * the last one: the state is the frame that is at fault. */
mi_status mi_md_advance(mi_md *md, int64_t steps, mi_control *control);

mi_md_observables mi_md_observe(const mi_md *md);

double mi_schedule_at(const mi_schedule *schedule, double time);

/* ---- for thermostat.c and barostat.c --------------------------------------------------------- */

mi_structure mi_md_structure(const mi_md *md);
double mi_md_freedom(const mi_md *md); /* 3 n - 3, at least 1 */
double mi_md_kinetic(const mi_md *md);

/* sum m v v', 9 numbers, in eV */
void mi_md_kinetic_tensor(const mi_md *md, double tensor[9]);

/* Half a step of a chain on `freedom` variables of twice the kinetic energy `twice`, in eV; returns
 * what to multiply their velocities by. */
double mi_chain_half(mi_chain *chain, int length, double twice, double freedom, double kT,
                     double tau, double half_step);
double mi_chain_energy(const mi_chain *chain, int length, double freedom, double kT, double tau);

void mi_md_scale_velocities(mi_md *md, double factor);
void mi_md_langevin(mi_md *md, double dt);
void mi_md_csvr(mi_md *md, double dt);

/* SCR: strains the cell, the positions and, inversely, the velocities. Returns the greatest entry
 * of the strain; nothing is done when that is more than options.most_strain. */
double mi_md_scr(mi_md *md, double dt);

/* MTK: half a step of the piston's chain; of its velocity and of its drag on the atoms; and a step
 * of all positions, with the strain as for SCR. */
void mi_md_mtk_chain(mi_md *md, double half_step);
void mi_md_mtk_half(mi_md *md, double half_step, bool before_kick);
double mi_md_mtk_drift(mi_md *md, double dt);
double mi_md_mtk_energy(const mi_md *md);

/* Degrees of freedom of the piston: 1, 3 or 6. */
double mi_md_piston_freedom(const mi_md *md);

#endif
