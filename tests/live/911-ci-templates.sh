#!/bin/bash
# The templates for GitHub, GitLab and Jenkins in contrib do what they say: their steps, run in a shell as
# these servers run them, leave reports and end with diff's exit code.
. "$(dirname "$0")/../lib/live.sh"

cp -r "$TOP/contrib" "$WORK/contrib"
golden=$TOP/tests/golden/drift
mkdir "$WORK/bin"
printf '#!/bin/sh\nexec %s "$@"\n' "$DBTWIN" >"$WORK/bin/dbtwin"
chmod +x "$WORK/bin/dbtwin"

# template NAME CODE FROM TO: runs the step that the function step_NAME prints, in a folder of its own.
template() {
    local name=$1 code=$2
    mkdir -p "$WORK/run.$name"
    cp -r "$WORK/contrib" "$WORK/run.$name"
    "step_$name" >"$WORK/step"
    isnt "$name: the template has a step" "$(cat "$WORK/step")" ""
    expect_exit "$code" "$name: exit code $code" env -C "$WORK/run.$name" PATH="$WORK/bin:$PATH" DBTWIN_FROM="$3" \
        DBTWIN_TO="$4" DBTWIN_FORMATS="$(formats "$name")" sh -e "$WORK/step"
}
contents() { find "$WORK/run.$1/dbtwin-reports" -type f -size +0 -printf '%f\n' | sort | tr '\n' ' '; }
formats() {
    sed -n "s/^ *DBTWIN_FORMATS[:=] *'\{0,1\}\([^']*\)'\{0,1\}$/\1/p; s/^ *DBTWIN_FORMATS = '\(.*\)'$/\1/p" \
        "$TOP/contrib/$1/"* | head -n 1
}
step_github() { sed -n 's/^ *run: //p' "$TOP/contrib/github/action.yml" | sed 's|\${{ github.action_path }}|contrib/github|'; }
step_gitlab() { sed -n '/^  script:/,/^  [a-z]/s/^    - //p' "$TOP/contrib/gitlab/dbtwin.gitlab-ci.yml"; }
step_jenkins() { sed -n "s/^ *sh '\(.*\)'$/\1/p" "$TOP/contrib/jenkins/Jenkinsfile"; }

for name in github gitlab jenkins; do
    wanted=$(formats "$name" | tr ' ' '\n' | sed 's/.*://' | sort | tr '\n' ' ')
    isnt "$name: it asks for reports" "$wanted" ""
    template "$name" 1 "$golden/from.xml" "$golden/to.xml"
    is "$name: and has them" "$(contents "$name")" "$wanted"
    template "$name" 0 "$golden/from.xml" "$golden/from.xml"
    template "$name" 2 "$golden/from.xml" /nowhere.xml
done
expect_exit 2 "nothing to compare is an error" env -u DBTWIN_FROM sh "$TOP/contrib/ci/drift.sh"
err_has "and says what is missing" DBTWIN_FROM
done_testing
