#!/bin/sh
# What the templates for GitHub, GitLab and Jenkins beside this file run: compares staging with production (or
# with a model of it in the repository) and leaves reports for the people who review the change.
#
#   DBTWIN_FROM     what should be: a URL, a name of the config, a model or snapshot
#   DBTWIN_TO       what is judged
#   DBTWIN_REPORTS  folder for the reports; default: dbtwin-reports
#   DBTWIN_FORMATS  FORMAT:FILE …, files of that folder; default: junit:junit.xml json:diff.json
#   DBTWIN_ARGS     more options, divided by blanks
#
# The exit code is diff's: 0 same, 1 drift, 3 something could not be compared, 2 an error. URLs hold
# passwords: give them as secret variables; dbtwin never prints one. A model from a pull request is
# a stranger's file: compared with --no-opinion, nothing of it reaches a server (SECURITY.md).
set -u
: "${DBTWIN_FROM:?what should be: a URL, a name, a model or a snapshot}"
: "${DBTWIN_TO:?what is judged}"
reports=${DBTWIN_REPORTS:-dbtwin-reports}
mkdir -p "$reports" || exit 2
set --
for report in ${DBTWIN_FORMATS:-junit:junit.xml json:diff.json}; do
    set -- "$@" -o "${report%%:*}:$reports/${report#*:}"
done
# shellcheck disable=SC2086 # the options are words
exec dbtwin diff "$DBTWIN_FROM" "$DBTWIN_TO" "$@" ${DBTWIN_ARGS:-}
