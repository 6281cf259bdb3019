/* ranks.h - words that have an order of their own, as the lists sort them: a life from its begin to its end, or what is
 * harmless before what is grave. */
#ifndef SPOTOP_LISTS_RANKS_H
#define SPOTOP_LISTS_RANKS_H
#define RANKS_HEALTH   "dead crit unknown warn ok off"
#define RANKS_SEVERITY "critical error warning info debug"
#define RANKS_REPORTED "online offline error"
#define RANKS_NOTICE   "none rebalance termination"
#define RANKS_MODE     "unknown ondemand spot"
#define RANKS_INSTANCE "launching running_replica promoting running_primary terminating zombie terminated"
#define RANKS_COMMAND  "pending executing completed failed cancelled expired"
#define RANKS_STAGE    "queued claimed launching ready promoted cleanup done"
#define RANKS_TRACKED  RANKS_STAGE " completed failed cancelled expired"
#define RANKS_TRIGGER  "manual scheduled ml emergency"
#define RANKS_REPLICA  "launching running terminating terminated"
#define RANKS_ADVICE   "stay switch emergency_replica"
#define RANKS_ADVISED  "none taken unknown " RANKS_COMMAND
#define RANKS_MESSAGE  "info success warning error"
#define RANKS_ALERT    "raised acknowledged claimed snoozed cleared"
#define RANKS_JOB      "dead failed late none never running ok off"
#define RANKS_TYPE     "switch LAUNCH_INSTANCE TERMINATE_INSTANCE PROMOTE_REPLICA_TO_PRIMARY APPLY_CONFIG SELF_DESTRUCT"
#define RANKS_PLAN     "planned running paused done cancelled"
#define RANKS_PLANNED  "held " RANKS_STAGE " failed skipped"
#endif
