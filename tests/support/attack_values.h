/* attack_values.h - what makes each routine act, what is given to it instead, and what its session is set to. */
#ifndef SPOTOP_TESTS_ATTACK_VALUES_H
#define SPOTOP_TESTS_ATTACK_VALUES_H
#include <stdbool.h>
#include <stddef.h>

/* The value of a parameter with which the routine does something in the fixture; of every routine that has no line of its
 * own where routine is NULL. paths: keys of a JSON argument, each attacked alone, parted by spaces. */
struct attack_control {
	const char *routine, *param, *sql, *paths;
};
extern const struct attack_control attack_controls[];

/* An expression. is_its: it names what is another client's. */
struct attack_value {
	const char *sql;
	bool is_its;
};
extern const struct attack_value attack_values[];

extern const char *const attack_settings[]; /* behind SET */
extern const size_t attack_n_controls, attack_n_values, attack_n_settings;
#endif
