/* instances.h - what an agent does with its instances when one must go. */
#ifndef SPOTOP_SIM_INSTANCES_H
#define SPOTOP_SIM_INSTANCES_H
struct script;
struct step;
struct table;
void name_instance(struct step *t, const char *id);
const char *instance_in(const struct table *state, const char *status);    /* the first one in it, or NULL */
void replace_replica(struct script *s);
void take_over(struct script *s, const struct table *state, int left_s);
#endif
