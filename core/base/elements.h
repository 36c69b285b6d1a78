/* The chemical elements.
 *
 * Sources: standard atomic weights of 2021, the conventional value where the standard is an
 * interval (Prohaska et al., Pure Appl. Chem. 94, 573 (2022)); covalent radii (Cordero et al.,
 * Dalton Trans. 2008, 2832: sp3 carbon, low-spin Mn, Fe, Co); van der Waals radii (Alvarez, Dalton
 * Trans. 2013, 8617); electronegativities on Pauling's scale (Allred, J. Inorg. Nucl. Chem. 17, 215
 * (1961), with later additions; Tl(I), Pb(IV)). What is not known, or in doubt, is 0. */
#ifndef MI_ELEMENTS_H
#define MI_ELEMENTS_H

#define MI_ELEMENT_COUNT 118

typedef struct mi_element {
  const char *symbol;
  const char *name;         /* as IUPAC spells it */
  int number;               /* Z */
  int group;                /* 1 to 18; 0 in the f block (La to Yb, Ac to No) */
  int period;
  double mass;              /* standard atomic weight, u */
  double covalent_radius;   /* Å */
  double vdw_radius;        /* Å */
  double electronegativity; /* Pauling */
} mi_element;

/* The element of an atomic number, NULL when there is none. */
const mi_element *mi_element_of_number(int number);

/* The element of a symbol ("Fe", case matters), NULL when there is none. */
const mi_element *mi_element_of_symbol(const char *symbol);

#endif
