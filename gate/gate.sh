#!/bin/sh
# The gate container: ends with 0 as soon as the permit is there, so that the pod's next container starts.
#
#   TENGU_PERMIT         name of the file that is waited for; `given` where the kubelet holds (`hold: kubelet`) and puts the
#                        permit's value here: it has waited already
#   TENGU_REQUIRED_VARS  variables to tell about, `DB,SSE`: each is a file of its name once its value is known
#   TENGU_RELATIONS_DIR  where the files are; the relations' ConfigMap is mounted there
#
# Writes nothing, so a read-only root and any user will do.

dir=${TENGU_RELATIONS_DIR:-/etc/tengu/relations}
permit=${TENGU_PERMIT:-}
if [ -z "$permit" ]; then
  echo 'TENGU_PERMIT is not set: this container is for pods that the relations webhook has stamped'
  exit 1
fi

if [ "$permit" = given ]; then
  echo 'all there: starting'
  exit 0
fi

# How long it rests between two looks. A read from a pipe that says nothing ends at its limit and takes no process; a shell that
# knows no such limit (dash) needs a sleep each time and looks less often, even less where sleep knows whole seconds only.
(read -t 0.01 -r _ </dev/null) 2>/dev/null
if [ $? -eq 1 ]; then
  rest() { read -t 0.1 -r _; }
elif sleep 0.01 2>/dev/null; then
  rest() { sleep 0.3; }
else
  rest() { sleep 1; }
fi

# Looks until the permit is there, and says what is missing when that changes. Reads who writes the pipe, and ends that in the end.
look() {
  set -f
  read -r writer
  told=
  while [ ! -e "$dir/$permit" ]; do
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
    rest
  done
  kill "$writer"
  echo 'all there: starting'
}

# Never 0 on a signal: the kubelet would take the gate for passed and start the next container without its values. A pod that
# is being deleted restarts nothing whatever the code, and one that stays gets its gate again. A shell that is PID 1 ignores
# signals without a trap, and runs a trap at once only while in `wait`.
looking=
trap 'kill "$looking" 2>/dev/null; echo "stopped while waiting"; exit 143' TERM INT

# The pipe that says nothing but, at first, by whom it is held open.
sh -c 'echo $$; exec sleep 2147483647' | look &
looking=$!
wait "$looking" 2>/dev/null
