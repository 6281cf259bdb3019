/* doctor_int.h - what the files of `spotop doctor` share. */
#ifndef SPOTOP_VIEWS_DOCTOR_INT_H
#define SPOTOP_VIEWS_DOCTOR_INT_H
struct cli;
struct table;

enum result { OK, WARN, FAIL };
struct doctor {
	struct table *t; /* result, name, sentence */
	int n_failed;
	const struct cli *c;
};
__attribute__((format(printf, 4, 5))) void tell(struct doctor *d, enum result r, const char *name, const char *fmt, ...);
void doctor_machine(struct doctor *d);
#endif
