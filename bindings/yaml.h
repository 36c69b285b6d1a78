/* The YAML 1.2 core schema: what a plain scalar means. */
#ifndef MI_BINDINGS_YAML_H
#define MI_BINDINGS_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum mi_yaml_kind {
  MI_YAML_TEXT,
  MI_YAML_NULL,
  MI_YAML_BOOLEAN,
  MI_YAML_INTEGER,
  MI_YAML_FLOAT,
  MI_YAML_BIG_INTEGER, /* written as an integer, beyond 64 bits */
  MI_YAML_BIG_FLOAT    /* written as a finite number, beyond the largest double */
} mi_yaml_kind;

typedef struct mi_yaml_scalar {
  mi_yaml_kind kind;
  bool boolean;
  int64_t integer;
  double number;
} mi_yaml_scalar;

/* `No`, `Y`, `on` are text; 010 is ten, 0o10 is eight; infinity only where .inf is written. */
mi_yaml_scalar mi_yaml_resolve(const char *text, size_t length);

#endif
