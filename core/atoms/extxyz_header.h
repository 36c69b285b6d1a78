/* The second line of an extended XYZ frame; used by extxyz.c only. */
#ifndef MI_ATOMS_EXTXYZ_HEADER_H
#define MI_ATOMS_EXTXYZ_HEADER_H

#include "core/atoms/extxyz.h"

/* Reads h->comment into the entries and columns of h; on MI_EINVAL *column says where. */
mi_status mi_extxyz_parse_comment(mi_extxyz_header *h, int *column, mi_control *control);

/* T, F, true, False, ...; false when it is no logical. */
bool mi_extxyz_logical(mi_slice word, uint8_t *value);

#endif
