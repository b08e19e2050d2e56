/* The files of a study's folder: study.db, a database for each unit, and their journals.
 * Whoever replaces or removes a study touches these and nothing else. */
#ifndef UST_ANALYSIS_STUDY_FOLDER_H
#define UST_ANALYSIS_STUDY_FOLDER_H

#include <stdbool.h>

#include "sim/base/status.h"

bool ust_folder_empty(const char *folder); /* also where there is none */

/* Refused where something else lies in it, or where somebody is writing the study. */
enum ust_status ust_folder_of_study(const char *folder);

/* With all files of a study in it; refused as above. None there: nothing to do. */
enum ust_status ust_folder_remove(const char *folder);

#endif
