/* engine.h - who issues actions in this console: the engine on the write link, beside it the tracker of what was
 * issued (watch.h) and the bulk that is under way (bulk_action.h). */
#ifndef SPOTOP_VIEWS_ENGINE_H
#define SPOTOP_VIEWS_ENGINE_H
struct nav;
struct verb_engine;

void actions_begin(struct nav *nav);                 /* nothing is opened yet */
struct verb_engine *actions_engine(struct nav *nav); /* opens the write link on first use */
void actions_end(
        struct nav *nav); /* what was sent is answered first; whoever waits for an answer lets go before */
void actions_free(struct nav *nav);
#endif
