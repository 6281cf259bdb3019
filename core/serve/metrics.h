/* metrics.h - what a Prometheus reads. */
#ifndef SPOTOP_SERVE_METRICS_H
#define SPOTOP_SERVE_METRICS_H
struct buf;
struct serve;
void metrics_refresh(struct serve *s);
void metrics_text(struct serve *s, struct buf *out);
#endif
