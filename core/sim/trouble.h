/* trouble.h - what happens to agents by itself. */
#ifndef SPOTOP_SIM_TROUBLE_H
#define SPOTOP_SIM_TROUBLE_H
void trouble_tick(void *sim);
void trouble_storm(void *sim);
#endif
