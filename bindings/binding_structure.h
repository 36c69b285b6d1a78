/* Lua structures (atoms.Structure, see scripts/matinf/atoms/structure.lua) as arguments. */
#ifndef MI_BINDING_STRUCTURE_H
#define MI_BINDING_STRUCTURE_H

#include "bindings/binding.h"
#include "core/atoms/structure.h"

/* Makes *s a view of the structure at index, which must stay on the stack or in a table as long as
 * the view is used. The structure has passed mi_structure_check. */
void mi_arg_structure(mi_call *call, int index, const char *name, mi_structure *s);

/* mi_check for a kernel that works on the structure at index: where that comes from a file, an
 * MI_EINVAL becomes an error of kind "data" that names the file and the frame. */
void mi_check_structure(mi_call *call, int index, mi_status status);

/* The contiguous f64 array of that shape which is the structure's field, or NULL when there is no
 * such field; raises an error when it is something else. The structure keeps it alive. */
const double *mi_structure_field(mi_call *call, int index, const char *name, const char *field,
                                 int ndim, const int64_t *shape);

#endif
