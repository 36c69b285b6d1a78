/* VAMAS surface chemical analysis standard data transfer format, ISO 14976: reading.
 *
 * Texts are slices of the caller's text, which must outlive the result. Numbers the file does not
 * give (1E+37) are NaN. A block has all of its 40 parts: those that a file leaves out by its
 * inclusion list are inherited from the first block. */
#ifndef MI_SPECTRA_VAMAS_H
#define MI_SPECTRA_VAMAS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"
#include "core/base/text.h"

/* A label with its unit and, for extra parameters and experimental variables, its value. */
typedef struct mi_vamas_item {
  mi_slice label, unit;
  double value;
} mi_vamas_item;

typedef struct mi_vamas_list {
  int64_t count;
  mi_slice *lines;
} mi_vamas_list;

typedef struct mi_vamas_items {
  int64_t count;
  mi_vamas_item *item;
} mi_vamas_items;

typedef struct mi_vamas_block {
  int64_t line; /* where it begins in the file, from 1 */
  mi_slice id, sample;
  double date[7]; /* year, month, day, hour, minute, second, hours ahead of GMT */
  mi_vamas_list comments;
  mi_slice technique;
  double position[2];
  mi_vamas_items variables; /* experimental variables */
  mi_slice source;
  double sputter_ion[3]; /* atomic number, number of atoms, charge */
  double energy;         /* of the source: the photon energy h nu, eV */
  double strength, beam_width[2], field_of_view[2], linescan[6], source_angles[2];
  mi_slice analyser_mode;
  double pass_energy, differential_width, magnification, work_function, target_bias;
  double analysis_width[2], take_off[2];
  mi_slice species, transition;
  double charge;
  mi_slice abscissa, abscissa_unit; /* REGULAR scans */
  double start, step;
  mi_vamas_items columns; /* the corresponding variables */
  mi_slice signal_mode;
  double dwell, scans, time_correction;
  double sputter_source[7], tilt[2], rotation;
  mi_vamas_items extra;
  int64_t points; /* of each column */
  double *values; /* [columns][points] */
} mi_vamas_block;

typedef enum mi_vamas_scan { MI_VAMAS_REGULAR, MI_VAMAS_IRREGULAR, MI_VAMAS_MAPPING } mi_vamas_scan;

typedef struct mi_vamas_experiment {
  mi_slice institution, instrument, operator_name, name, mode;
  mi_vamas_scan scan;
  mi_vamas_list comments, manual; /* manual: items entered by hand */
  double regions, map[3];         /* map: positions, and how many along x and y */
  int64_t count;
  mi_vamas_block *blocks;
} mi_vamas_experiment;

typedef struct mi_vamas {
  int64_t count; /* experiments: nearly always one */
  mi_vamas_experiment *experiments;
  void *memory;  /* everything above, freed together */
} mi_vamas;

/* Is this a VAMAS text? (Blank lines may stand before its magic line.) */
bool mi_vamas_detect(const char *text, size_t length);

/* Reads a whole text. On MI_EINVAL *line says where, and nothing is left to free. */
mi_status mi_vamas_read(const char *text, size_t length, mi_vamas *result, int64_t *line,
                        mi_control *control);
void mi_vamas_free(mi_vamas *vamas);

#endif
