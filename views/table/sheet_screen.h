/* sheet_screen.h - a sheet as a screen: what most views use; and how any screen's table is remembered. */
#ifndef SPOTOP_VIEWS_SHEET_SCREEN_H
#define SPOTOP_VIEWS_SHEET_SCREEN_H
#include "views/nav/screen.h"

extern const struct screen_kind sheet_screen_kind;
#endif
