/* prices.h - pools and their prices over time. */
#ifndef SPOTOP_VIEWS_PRICES_H
#define SPOTOP_VIEWS_PRICES_H
#include "views/model/view.h"
extern const struct view view_prices, view_chart;
#endif
