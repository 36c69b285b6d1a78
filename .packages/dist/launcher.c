/* The launcher of the relocatable tarball: ROOT/bin/NAME starts ROOT/lib/programs/NAME with the
 * dynamic loader and the libraries in ROOT/lib, whatever the system's own are.
 *
 * Linked statically, it needs nothing of the system but the kernel. gnuplot's launcher is in
 * ROOT/lib/bin, the last folder of PATH: a gnuplot of the system comes first. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOADER "ld.so"

/* Cuts path to the folder that holds lib/LOADER, at most three above; 0 when there is none. */
static int cut_to_root(char *path) {
  char probe[PATH_MAX + 32];
  for (int up = 0; up < 3; up++) {
    path = dirname(path);
    (void)snprintf(probe, sizeof probe, "%s/lib/" LOADER, path);
    if (access(probe, X_OK) == 0) return 1;
  }
  return 0;
}

static void append_to_path(const char *root) {
  const char *path = getenv("PATH");
  char text[2 * PATH_MAX];
  if (!path) path = "/usr/local/bin:/usr/bin:/bin";
  int length = snprintf(text, sizeof text, "%s:%s/lib/bin", path, root);
  if (length < (int)sizeof text && !strstr(path, root)) (void)setenv("PATH", text, 1);
}

/* A bare system has no fonts, which PDF and PNG need. */
static void set_fonts(const char *root) {
  char path[PATH_MAX + 32];
  (void)snprintf(path, sizeof path, "%s/share/matinf/fonts/fonts.conf", root);
  if (access("/etc/fonts/fonts.conf", R_OK) != 0) (void)setenv("FONTCONFIG_FILE", path, 0);
}

/* Becomes the loader, which runs the program with the name and the arguments given; returns only
 * when that fails. */
static void start(const char *root, char *self, int argc, char **argv) {
  char loader[PATH_MAX + 32], libraries[PATH_MAX + 32], program[PATH_MAX + 32];
  enum { HEAD = 6 };
  (void)snprintf(loader, sizeof loader, "%s/lib/" LOADER, root);
  (void)snprintf(libraries, sizeof libraries, "%s/lib", root);
  (void)snprintf(program, sizeof program, "%s/lib/programs/%s", root, strrchr(self, '/') + 1);
  char *head[HEAD] = {loader, "--library-path", libraries, "--argv0", self, program};
  char **arguments = calloc((size_t)argc + HEAD, sizeof *arguments);
  if (!arguments) return;
  memcpy(arguments, head, sizeof head);
  for (int i = 1; i < argc; i++) arguments[HEAD - 1 + i] = argv[i];
  execv(loader, arguments);
  free(arguments);
}

int main(int argc, char **argv) {
  char self[PATH_MAX], root[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  self[length > 0 ? length : 0] = '\0';
  (void)snprintf(root, sizeof root, "%s", self);
  if (length <= 0 || !cut_to_root(root)) {
    (void)fprintf(stderr, "%s: its folder lib is not beside it, or /proc is missing\n", argv[0]);
    return 1;
  }
  append_to_path(root);
  set_fonts(root);
  start(root, self, argc, argv);
  perror(self);
  return 1;
}
