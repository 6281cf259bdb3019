/* sections.h - the overview as a person reads it headless: what is wrong and the figures in a few lines, then a list for each of its
 * sections that has a line. Programs get the lines. */
#ifndef SPOTOP_VIEWS_SECTIONS_H
#define SPOTOP_VIEWS_SECTIONS_H
struct cli;
struct table;
/* t: rows of the overview in their order. */
void sections_print(const struct cli *c, const struct table *t);
#endif
