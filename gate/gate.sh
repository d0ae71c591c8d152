#!/bin/sh
# The gate container: ends with 0 as soon as the permit is there, so that the pod's next container starts.
#
#   TENGU_PERMIT         name of the file that is waited for; `given` where the kubelet holds (`hold: kubelet`) and puts the
#                        permit's value here: it has waited already
#   TENGU_REQUIRED_VARS  variables to tell about, `DB,SSE`: each is a file of its name once its value is known
#   TENGU_RELATIONS_DIR  where the files are; the relations' ConfigMap is mounted there
#
# Only shell built-ins but for `sleep`; writes nothing, so a read-only root and any user will do.

dir=${TENGU_RELATIONS_DIR:-/etc/tengu/relations}
permit=${TENGU_PERMIT:-}
if [ -z "$permit" ]; then
  echo 'TENGU_PERMIT is not set: this container is for pods that the relations webhook has stamped'
  exit 1
fi

# Never 0 on a signal: the kubelet would take the gate for passed and start the next container without its values. A pod that
# is being deleted restarts nothing whatever the code, and one that stays gets its gate again. A shell that is PID 1 ignores
# signals without a trap, and runs a trap at once only while in `wait`.
trap 'kill "$nap" 2>/dev/null; echo "stopped while waiting"; exit 143' TERM INT
nap=

# A sleep that knows whole seconds only would fail at once, and the loop would never rest.
pause=0.3
sleep 0.01 2>/dev/null || pause=1

set -f
told=
while [ "$permit" != given ] && [ ! -e "$dir/$permit" ]; do
  missing= have=
  IFS=,
  for name in ${TENGU_REQUIRED_VARS:-}; do
    if [ -e "$dir/$name" ]; then have="$have, $name"; else missing="$missing, $name"; fi
  done
  unset IFS
  missing=${missing#, } have=${have#, }
  # With every value there the permit follows in a moment, unless the values are those of other relations.
  state="waiting for ${missing:-the permit}${have:+ (have $have)}"
  if [ "$state" != "$told" ]; then
    echo "$state"
    told=$state
  fi
  sleep $pause &
  nap=$!
  wait "$nap"
done
echo 'all there: starting'
